using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Tells lists that are not UTF-8 by what they begin with.</summary>
internal static class TextEncoding
{
    /// <summary>Refuses a list in UTF-16, of which every row would be a riddle.</summary>
    /// <param name="path">The list.</param>
    /// <exception cref="RunFailureException">It is in UTF-16.</exception>
    public static void RequireUtf8(string path)
    {
        // A pipe can be read once only.
        if (new FileInfo(path) is not { Exists: true, Length: > 1 })
        {
            return;
        }

        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        if (IsUtf16(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]))
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{path} is UTF-16, lists are UTF-8: iconv -f UTF-16 -t UTF-8, or 'CSV UTF-8' where a spreadsheet saves it"
            );
        }
    }

    /// <summary>Whether a text begins as UTF-16 does: with its mark, or with a zero beside a plain character.</summary>
    public static bool IsUtf16(ReadOnlySpan<byte> start) =>
        start.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe])
        || start.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff])
        || (start is [not 0, 0, not 0, 0] or [0, not 0, 0, not 0]);
}
