using System.Collections.Frozen;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>
/// An encoding by which UTF-8 bytes are commonly misread. Encoding a garbled text with it gives back the bytes that the
/// text was made of. ASCII stands for itself in all of them.
/// </summary>
internal sealed class SingleByteEncoding
{
    /// <summary>The byte that stands for U+FFFD, that is for a byte some earlier program could not read.</summary>
    public const byte LostByte = 0x1A;

    private const char Lost = '\uFFFD';

    private readonly string _upperHalf;
    private readonly FrozenDictionary<char, byte> _bytes;

    private SingleByteEncoding(string upperHalf, bool isWindows, bool isMacRoman = false)
    {
        _upperHalf = upperHalf;
        IsWindows = isWindows;
        IsMacRoman = isMacRoman;
        var bytes = new Dictionary<char, byte>();
        for (var i = 0; i < upperHalf.Length; i++)
        {
            bytes.TryAdd(upperHalf[i], (byte)(0x80 + i));
        }

        if (isWindows)
        {
            bytes.Add(Lost, LostByte);
        }

        _bytes = bytes.ToFrozenDictionary();
    }

    /// <summary>Windows-1252, the one that C1 controls are reread with.</summary>
    public static SingleByteEncoding Windows1252 { get; } = new(CodePages.Windows1252, isWindows: true);

    /// <summary>All of them, the likeliest first.</summary>
    public static IReadOnlyList<SingleByteEncoding> ByLikelihood { get; } =
    [
        new(string.Concat(Enumerable.Range(0x80, 0x80).Select(code => (char)code)), isWindows: false),
        Windows1252,
        new(CodePages.Windows1251, isWindows: true),
        new(CodePages.Windows1250, isWindows: true),
        new(CodePages.Windows1253, isWindows: true),
        new(CodePages.Windows1254, isWindows: true),
        new(CodePages.Windows1257, isWindows: true),
        new(CodePages.Iso8859Part2, isWindows: false),
        new(CodePages.MacRoman, isWindows: false, isMacRoman: true),
        new(CodePages.CodePage437, isWindows: false),
    ];

    /// <summary>The encodings that place letters and signs as Latin-1 does, by the high bits of the byte.</summary>
    public static IEnumerable<SingleByteEncoding> LatinLike => ByLikelihood.Take(7);

    /// <summary>Whether this is a Windows code page: those are read by programs that put U+FFFD for a byte they do not
    /// know, so U+FFFD is encoded as <see cref="LostByte"/>.</summary>
    public bool IsWindows { get; }

    /// <summary>Whether this is MacRoman, where an en dash and a space look like half a UTF-8 letter.</summary>
    public bool IsMacRoman { get; }

    /// <summary>The character of a byte from 0x80.</summary>
    public char Decode(byte value) => _upperHalf[value - 0x80];

    /// <summary>The bytes of a text, or null where the encoding lacks one of its characters.</summary>
    public byte[]? TryEncode(string text)
    {
        var bytes = new byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            var character = text[i];
            if (character < 0x80 && !(IsWindows && character == LostByte))
            {
                bytes[i] = (byte)character;
            }
            else if (!_bytes.TryGetValue(character, out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }
}
