using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.NullCuda;

/// <summary>What a shared library of Linux (ELF, 64 bits) asks of others: the libraries it needs, and the functions it
/// takes from each.</summary>
/// <param name="Needed">Names of the libraries that are loaded with it (<c>DT_NEEDED</c>), in its order.</param>
/// <param name="Imports">Its undefined functions, each with the library whose version it is bound to, or an empty text.</param>
public sealed record ElfLibrary(IReadOnlyList<string> Needed, IReadOnlyList<(string Function, string Library)> Imports)
{
    private const int HeaderBytes = 64,
        SectionBytes = 64,
        SymbolBytes = 24,
        DynamicBytes = 16;
    private const int TypeDynamic = 6,
        TypeSymbols = 11,
        TypeVersionNeeds = 0x6ffffffe,
        TypeVersions = 0x6fffffff;
    private const long TagNeeded = 1;

    /// <summary>Reads a library.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is no library of this kind.</exception>
    public static ElfLibrary Read(string path)
    {
        using var file = File.OpenRead(path);
        var header = Take(file, 0, HeaderBytes);
        if (!header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException($"{path} is no 64-bit library of Linux");
        }

        var sections = Sections(file, header);
        var names = sections.First(section => section.Type == TypeSymbols).Link;
        var texts = Content(file, sections[names]);
        var needed = Needs(Content(file, sections.First(section => section.Type == TypeDynamic)), texts);
        var libraries = Libraries(Content(file, sections.First(section => section.Type == TypeVersionNeeds)), texts);
        var symbols = Content(file, sections.First(section => section.Type == TypeSymbols));
        var versions = Content(file, sections.First(section => section.Type == TypeVersions));
        var imports = new List<(string, string)>();
        for (var i = 1; i < symbols.Length / SymbolBytes; i++)
        {
            var symbol = symbols.AsSpan(i * SymbolBytes, SymbolBytes);
            // Section 0: defined elsewhere.
            if (BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) == 0)
            {
                var version = BinaryPrimitives.ReadUInt16LittleEndian(versions.AsSpan(i * 2)) & 0x7fff;
                imports.Add((Text(texts, BinaryPrimitives.ReadUInt32LittleEndian(symbol)), libraries.GetValueOrDefault(version, "")));
            }
        }

        return new ElfLibrary(needed, imports);
    }

    private static Section[] Sections(FileStream file, byte[] header)
    {
        var start = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(60));
        var table = Take(file, start, count * SectionBytes);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    var entry = table.AsSpan(i * SectionBytes, SectionBytes);
                    return new Section(
                        BinaryPrimitives.ReadInt32LittleEndian(entry[4..]),
                        BinaryPrimitives.ReadInt64LittleEndian(entry[24..]),
                        BinaryPrimitives.ReadInt64LittleEndian(entry[32..]),
                        BinaryPrimitives.ReadInt32LittleEndian(entry[40..])
                    );
                }),
        ];
    }

    private static List<string> Needs(byte[] dynamic, byte[] texts)
    {
        var needed = new List<string>();
        for (var at = 0; at + DynamicBytes <= dynamic.Length; at += DynamicBytes)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(dynamic.AsSpan(at)) == TagNeeded)
            {
                needed.Add(Text(texts, (uint)BinaryPrimitives.ReadInt64LittleEndian(dynamic.AsSpan(at + 8))));
            }
        }

        return needed;
    }

    /// <summary>The library of each version number that symbols are bound to.</summary>
    private static Dictionary<int, string> Libraries(byte[] needs, byte[] texts)
    {
        var libraries = new Dictionary<int, string>();
        for (var at = 0; ; )
        {
            var entry = needs.AsSpan(at);
            var library = Text(texts, BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
            var auxiliary = at + (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
            for (var left = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]); left > 0; left--)
            {
                var version = needs.AsSpan(auxiliary);
                libraries[BinaryPrimitives.ReadUInt16LittleEndian(version[6..]) & 0x7fff] = library;
                auxiliary += (int)BinaryPrimitives.ReadUInt32LittleEndian(version[12..]);
            }

            var next = (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            if (next == 0)
            {
                return libraries;
            }

            at += next;
        }
    }

    private static string Text(byte[] texts, uint at)
    {
        var rest = texts.AsSpan((int)at);
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    private static byte[] Content(FileStream file, Section section) => Take(file, section.Offset, checked((int)section.Size));

    private static byte[] Take(FileStream file, long offset, int length)
    {
        var bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private sealed record Section(int Type, long Offset, long Size, int Link);
}
