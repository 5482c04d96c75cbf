using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>UTF-8 bytes as they are recovered from a misread text: damaged in ways that can be made good.</summary>
internal static class MisreadUtf8
{
    private const byte Space = 0x20;
    private const byte NoBreakSpace = 0xA0;
    private const byte QuestionMark = (byte)'?';
    private const byte Lost = SingleByteEncoding.LostByte;

    private static ReadOnlySpan<byte> ReplacementCharacter => "\uFFFD"u8;

    // Words of French, Italian and Portuguese that begin with "à" and continue.
    private static readonly byte[][] AfterGraveA =
    [
        [.. "quele"u8],
        [.. "quela"u8],
        [.. "quilo"u8],
        [.. "s "u8],
    ];

    /// <summary>Puts byte 0xA0 back where a program took it for a no-break space and wrote a plain one.</summary>
    public static byte[] RestoreNoBreakSpaces(byte[] bytes)
    {
        bytes = InsertAfterGraveA(bytes);
        for (var at = 0; at < bytes.Length; at++)
        {
            var gap = GapInSequence(bytes.AsSpan(at), out var length);
            if (gap > 0)
            {
                bytes[at + gap] = NoBreakSpace;
                at += length - 1;
            }
        }

        return bytes;
    }

    /// <summary>Whether <see cref="RestoreNoBreakSpaces"/> has anything to do.</summary>
    public static bool HasGaps(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at++)
        {
            if (GapInSequence(bytes[at..], out _) > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts U+FFFD for every sequence of which a byte was lost.</summary>
    public static byte[] ReplaceLossySequences(byte[] bytes)
    {
        if (!bytes.AsSpan().ContainsAny(Lost, QuestionMark))
        {
            return bytes;
        }

        var output = new List<byte>(bytes.Length + 8);
        for (var at = 0; at < bytes.Length; )
        {
            var length = LossyLength(bytes.AsSpan(at));
            if (length == 0)
            {
                output.Add(bytes[at++]);
            }
            else
            {
                output.AddRange(ReplacementCharacter);
                at += length;
            }
        }

        return [.. output];
    }

    /// <summary>Decodes UTF-8, and UTF-8 whose characters beyond U+FFFF were written as two surrogates of three bytes
    /// each (CESU-8), and NUL written as C0 80.</summary>
    /// <returns>Null where the bytes are neither.</returns>
    public static string? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.ContainsAny((byte)0xED, (byte)0xC0))
        {
            return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var length = VariantAt(bytes, text);
            if (length == 0)
            {
                if (Rune.DecodeFromUtf8(bytes, out var rune, out length) != OperationStatus.Done)
                {
                    return null;
                }

                text.Append(rune.ToString());
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }

    private static int VariantAt(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        switch (bytes)
        {
            case [0xC0, 0x80, ..]:
                text.Append('\0');
                return 2;
            case [0xED, >= 0xA0 and <= 0xAF, >= 0x80 and <= 0xBF, 0xED, >= 0xB0 and <= 0xBF, >= 0x80 and <= 0xBF, ..]:
                text.Append(Surrogate(bytes)).Append(Surrogate(bytes[3..]));
                return 6;
            default:
                return 0;
        }
    }

    private static char Surrogate(ReadOnlySpan<byte> bytes) => (char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F));

    // "à" loses its second byte to a space that then coalesces with the next one. Where a word of its own, it gets the
    // byte and the space; where it begins a known word, or two spaces are there already, the space is the byte.
    private static byte[] InsertAfterGraveA(byte[] bytes)
    {
        var output = new List<byte>(bytes.Length + 8);
        for (var at = 0; at < bytes.Length; at++)
        {
            output.Add(bytes[at]);
            if (bytes.AsSpan(at) is [0xC3, Space, .. var following] && IsWordOfItsOwn(following))
            {
                output.Add(NoBreakSpace);
            }
        }

        return [.. output];
    }

    private static bool IsWordOfItsOwn(ReadOnlySpan<byte> following)
    {
        if (following is [Space, ..])
        {
            return false;
        }

        foreach (var word in AfterGraveA)
        {
            if (following.StartsWith(word))
            {
                return false;
            }
        }

        return true;
    }

    // Where in a sequence a space stands for byte 0xA0; 0 where the bytes are no such sequence. Only leads after which
    // the result is likely: others are words that end in an accented letter.
    private static int GapInSequence(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.IsEmpty || bytes[0] < 0xC2)
        {
            return 0;
        }

        (length, var gap) = bytes switch
        {
            [0xC2 or 0xC3 or 0xC5 or 0xCE or 0xD0 or 0xD9, Space, ..] => (2, 1),
            [0xE2 or 0xE3, Space, var third, ..] when IsLaterButNo85Or(third, NoBreakSpace) => (3, 1),
            [>= 0xE0 and <= 0xE3, var second, Space, ..] when IsLaterButNo85Or(second, NoBreakSpace) => (3, 2),
            [0xF0, Space, var third, var fourth, ..] when IsLater(third) && IsLater(fourth) => (4, 1),
            [0xF0, var second, Space, var fourth, ..] when IsLater(second) && IsLater(fourth) => (4, 2),
            [0xF0, var second, var third, Space, ..] when IsLater(second) && IsLater(third) => (4, 3),
            _ => (0, 0),
        };
        return gap;
    }

    // How long a sequence with a lost byte is; 0 where the bytes are none. A question mark stands for a lost byte only
    // where it makes a likely sequence.
    private static int LossyLength(ReadOnlySpan<byte> bytes)
    {
        switch (bytes)
        {
            case [>= 0xC2 and <= 0xDF, Lost, ..] or [0xC2 or 0xC3, QuestionMark, ..]:
                return 2;
            case [0xED, >= 0xA0 and <= 0xAF, var b2, 0xED, >= 0xB0 and <= 0xBF, var b5, ..]
                when (IsMissing(b2) && (IsMissing(b5) || IsLater(b5))) || (IsLater(b2) && IsMissing(b5)):
                return 6;
            case [>= 0xE0 and <= 0xEF, var b1, var b2, ..]
                when (IsMissing(b1) && IsLostOrLater(b2)) || (IsLostOrLater(b1) && IsMissing(b2)):
                return 3;
            case [>= 0xF0 and <= 0xF4, var b1, var b2, var b3, ..]
                when (IsMissing(b1) && IsLostOrLater(b2) && IsLostOrLater(b3))
                    || (IsLostOrLater(b1) && IsMissing(b2) && IsLostOrLater(b3))
                    || (IsLostOrLater(b1) && IsLostOrLater(b2) && IsMissing(b3)):
                return 4;
            case [Lost, ..]:
                return 1;
            default:
                return 0;
        }
    }

    private static bool IsMissing(byte value) => value is Lost or QuestionMark;

    private static bool IsLater(byte value) => value is >= 0x80 and <= 0xBF;

    private static bool IsLostOrLater(byte value) => value == Lost || IsLater(value);

    // 0x85 is the ellipsis of Windows-1252, which does follow words and spaces.
    private static bool IsLaterButNo85Or(byte value, byte other) => IsLater(value) && value != 0x85 && value != other;
}
