using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace GeoTagService.Api.Fields;

/// <summary>Bytes to text without mercy. The framework puts U+FFFD, or the raw escape, in the place of bytes that are not
/// UTF-8; a title mangled like that would be tagged as if nothing had happened.</summary>
internal static class StrictText
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes UTF-8.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = Utf8.GetString(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = null;
            return false;
        }
    }

    /// <summary>Decodes one name or value of a query or of a urlencoded form.</summary>
    public static bool TryUnescape(ReadOnlySpan<char> escaped, [NotNullWhen(true)] out string? text)
    {
        // Percent escapes shrink; a character outside ASCII takes at most three bytes a UTF-16 unit.
        var bytes = ArrayPool<byte>.Shared.Rent(escaped.Length * 3);
        try
        {
            var length = 0;
            for (var i = 0; i < escaped.Length; i++)
            {
                var c = escaped[i];
                if (c == '+')
                {
                    bytes[length++] = (byte)' ';
                }
                else if (c == '%' && i + 2 < escaped.Length && char.IsAsciiHexDigit(escaped[i + 1]) && char.IsAsciiHexDigit(escaped[i + 2]))
                {
                    bytes[length++] = Convert.FromHexString(escaped.Slice(i + 1, 2))[0];
                    i += 2;
                }
                else if (char.IsAscii(c))
                {
                    bytes[length++] = (byte)c;
                }
                else
                {
                    var pair = char.IsHighSurrogate(c) && i + 1 < escaped.Length ? 2 : 1;
                    length += Encoding.UTF8.GetBytes(escaped.Slice(i, pair), bytes.AsSpan(length));
                    i += pair - 1;
                }
            }

            return TryDecode(bytes.AsSpan(0, length), out text);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Names and values of a query (with or without its question mark) or of a urlencoded form, still escaped.
    /// </summary>
    public static QueryStringEnumerable Split(string? query) => new(query);
}
