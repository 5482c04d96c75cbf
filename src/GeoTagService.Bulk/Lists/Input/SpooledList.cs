using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A list that comes on standard input, which can be read once only: it is kept in a file beside what is made of it, so
/// that a run can go on, and be divided.</summary>
public static class SpooledList
{
    private const int Looked = 1 << 16;
    private const int TarMarkAt = 257;

    private static readonly byte[] GZipMark = [0x1f, 0x8b];

    /// <summary>Keeps a list. Where nothing comes, or the same list again, the one that is kept already is used.</summary>
    /// <param name="input">Standard input.</param>
    /// <param name="file">The file's name, without the ending that says what the list is.</param>
    /// <param name="mayReplace">Whether another list may take the place of the one that is kept.</param>
    /// <returns>The file.</returns>
    /// <exception cref="RunFailureException">There is no list, or another one is kept.</exception>
    public static string Keep(Stream input, string file, bool mayReplace)
    {
        var (directory, name) = (Path.GetDirectoryName(Path.GetFullPath(file))!, Path.GetFileName(file));
        var kept = Directory.EnumerateFiles(directory).FirstOrDefault(path => IsKept(Path.GetFileName(path), name));
        var temporary = $"{file}.{Environment.ProcessId}.tmp";
        try
        {
            using (var spooled = File.Create(temporary))
            {
                input.CopyTo(spooled);
                spooled.Flush(flushToDisk: true);
            }

            if (new FileInfo(temporary).Length == 0)
            {
                return kept ?? throw new RunFailureException(RunFailure.Request, "- is a list on standard input, and nothing came there");
            }

            var ending = EndingOf(temporary);
            if (ending is null)
            {
                NamePhotos(temporary);
                ending = ".ndjson";
            }

            if (kept is not null && !mayReplace)
            {
                return Digest(kept) == Digest(temporary)
                    ? kept
                    : throw new RunFailureException(
                        RunFailure.Request,
                        $"what comes on standard input is not the list that was begun with, which is {kept}: --update tags what is new or changed and keeps the rest, --restart begins again"
                    );
            }

            File.Move(temporary, file + ending, overwrite: true);
            if (kept is not null && Path.GetFullPath(kept) != Path.GetFullPath(file + ending))
            {
                File.Delete(kept);
            }

            return file + ending;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static bool IsKept(string path, string name) =>
        path.StartsWith(name + ".", StringComparison.Ordinal) && !path.EndsWith(".tmp", StringComparison.Ordinal);

    private static string Digest(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>What a list is, by what it begins with; null for one path or address a line.</summary>
    private static string? EndingOf(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[Looked];
        var text = start.AsSpan(0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        if (text.StartsWith("PAR1"u8))
        {
            return ".parquet";
        }

        if (text.StartsWith(GZipMark))
        {
            return ".tar.gz";
        }

        if (text.Length > TarMarkAt && text[TarMarkAt..].StartsWith("ustar"u8))
        {
            return ".tar";
        }

        if (text.StartsWith(Encoding.UTF8.Preamble))
        {
            text = text[3..];
        }

        if (text.Contains((byte)0))
        {
            // Names as "find -print0" writes them; of another encoding the list says so when it is read.
            return TextEncoding.IsUtf16(text) ? ".csv" : null;
        }

        text = text.TrimStart(" \t\r\n"u8);
        var line = text.IndexOf((byte)'\n') is >= 0 and var end ? text[..end] : text;
        line = line.TrimEnd((byte)'\r');
        var first = NameIn(Encoding.UTF8.GetString(line));
        return line.StartsWith("{"u8) ? ".ndjson"
            : WebPhotos.IsAddress(first) || PhotoFile.IsNamedSo(first) ? null
            : line.Contains((byte)'\t') ? ".tsv"
            : ".csv";
    }

    /// <summary>The name that a line holds: without blanks around it, and without quotes, which Windows puts around a path.</summary>
    private static string NameIn(string line) =>
        line.Trim() is ['"', .. { Length: > 0 } name, '"'] && !name.Contains('"', StringComparison.Ordinal) ? name : line.Trim();

    /// <summary>The names: one a line, or between zeros, as they are then.</summary>
    private static IEnumerable<string> Names(string path)
    {
        using (var file = File.OpenRead(path))
        {
            var start = new byte[Looked];
            if (!start.AsSpan(0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)).Contains((byte)0))
            {
                return File.ReadLines(path).Select(NameIn);
            }
        }

        return File.ReadAllText(path).Split('\0');
    }

    /// <summary>Makes a list of photos of one path a line, such as <c>find</c> prints, or of names that end with a zero.</summary>
    private static void NamePhotos(string path)
    {
        using (var rows = File.Create(path + ".rows.tmp"))
        {
            foreach (var line in Names(path).Where(line => line.Trim().Length > 0))
            {
                using (var json = new Utf8JsonWriter(rows))
                {
                    json.WriteStartObject();
                    json.WriteString("id", line);
                    json.WriteString("image", line);
                    json.WriteEndObject();
                }

                rows.WriteByte((byte)'\n');
            }

            rows.Flush(flushToDisk: true);
        }

        File.Move(path + ".rows.tmp", path, overwrite: true);
    }
}
