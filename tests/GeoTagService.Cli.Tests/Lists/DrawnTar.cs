using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Writes tars.</summary>
internal static class DrawnTar
{
    /// <summary>Writes members in their order; a tar.gz by its name.</summary>
    public static void Write(string path, TarEntryFormat format, params (string Name, byte[] Content, DateTimeOffset Time)[] members)
    {
        using var file = File.Create(path);
        using Stream stream = path.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        using var writer = new TarWriter(stream, format, leaveOpen: false);
        foreach (var (name, content, time) in members)
        {
            TarEntry entry = format switch
            {
                TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                TarEntryFormat.Ustar => new UstarTarEntry(TarEntryType.RegularFile, name),
                TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                _ => new PaxTarEntry(TarEntryType.RegularFile, name),
            };
            entry.DataStream = new MemoryStream(content);
            entry.ModificationTime = time;
            writer.WriteEntry(entry);
        }
    }

    /// <summary>A member of text.</summary>
    public static (string Name, byte[] Content, DateTimeOffset Time) Member(string name, string text) =>
        Member(name, Encoding.UTF8.GetBytes(text));

    /// <summary>A member.</summary>
    public static (string Name, byte[] Content, DateTimeOffset Time) Member(string name, byte[] content) =>
        (name, content, new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
}
