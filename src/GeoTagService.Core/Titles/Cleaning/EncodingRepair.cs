using System.Text;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>
/// Undoes "mojibake": UTF-8 that some program read as Windows-1252, Latin-1, MacRoman or another encoding of single
/// bytes, once or more often. Works on text that looks garbled only, and keeps a result only where the bytes are UTF-8.
/// </summary>
internal static class EncodingRepair
{
    /// <summary>The text with every misreading undone that can be told.</summary>
    public static string Repair(string text)
    {
        // Each step makes the text shorter or replaces a control character, so that this comes to an end.
        while (true)
        {
            var repaired = RepairOnce(text);
            if (repaired == text)
            {
                return text;
            }

            text = repaired;
        }
    }

    /// <summary>Reads control characters from U+0080 to U+009F as Windows-1252, which is what they were.</summary>
    public static string RereadControls(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0080', '\u009F'))
        {
            return text;
        }

        return string.Create(
            text.Length,
            text,
            static (destination, source) =>
            {
                for (var i = 0; i < source.Length; i++)
                {
                    destination[i] = source[i] is >= '\u0080' and <= '\u009F'
                        ? SingleByteEncoding.Windows1252.Decode((byte)source[i])
                        : source[i];
                }
            }
        );
    }

    private static string RepairOnce(string text)
    {
        if (Ascii.IsValid(text) || !GarbleDetector.LooksGarbled(text))
        {
            return text;
        }

        foreach (var encoding in SingleByteEncoding.ByLikelihood)
        {
            if (TryReread(text, encoding) is { } reread)
            {
                return reread;
            }
        }

        var inParts = RepairParts(text);
        return inParts == text ? RereadControls(text) : inParts;
    }

    private static string? TryReread(string text, SingleByteEncoding encoding)
    {
        var bytes = encoding.TryEncode(text);
        if (bytes is null)
        {
            return null;
        }

        if (!encoding.IsMacRoman && MisreadUtf8.HasGaps(bytes))
        {
            bytes = MisreadUtf8.RestoreNoBreakSpaces(bytes);
        }

        if (encoding.IsWindows)
        {
            bytes = MisreadUtf8.ReplaceLossySequences(bytes);
        }

        return MisreadUtf8.TryDecode(bytes);
    }

    /// <summary>Repairs garbled stretches of a text that is not garbled all through.</summary>
    private static string RepairParts(string text)
    {
        var output = new StringBuilder(text.Length);
        var done = 0;
        for (var at = 0; at < text.Length; )
        {
            var length = GarbledLength(text, at);
            if (length == 0)
            {
                at++;
                continue;
            }

            // Only a true part, so that this does not call itself without end.
            var part = text.Substring(at, length);
            if (length < text.Length && GarbleDetector.LooksGarbled(part))
            {
                output.Append(text, done, at - done).Append(Repair(part));
                done = at + length;
            }

            at += length;
        }

        return done == 0 ? text : output.Append(text, done, text.Length - done).ToString();
    }

    // How many characters from here could be whole misread letters. Not after what may be the rest of one: part of a
    // larger mess would become another mess.
    private static int GarbledLength(ReadOnlySpan<char> text, int start)
    {
        if (start > 0 && GarbleAlphabet.TellingLater.Contains(text[start - 1]))
        {
            return 0;
        }

        var at = start;
        while (at < text.Length)
        {
            var later =
                GarbleAlphabet.FirstOfTwo.Contains(text[at]) ? 1
                : GarbleAlphabet.FirstOfThree.Contains(text[at]) ? 2
                : GarbleAlphabet.FirstOfFour.Contains(text[at]) ? 3
                : 0;
            if (later == 0 || at + later >= text.Length || text.Slice(at + 1, later).ContainsAnyExcept(GarbleAlphabet.Later))
            {
                break;
            }

            at += 1 + later;
        }

        return at - start;
    }
}
