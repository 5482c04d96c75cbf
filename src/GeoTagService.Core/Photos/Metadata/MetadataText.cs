using System.Text;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>Text of metadata blocks, whose encoding nobody says or keeps to.</summary>
internal static class MetadataText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>UTF-8 where the bytes are valid as such, otherwise Latin-1; up to the first zero.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        var text = end < 0 ? bytes : bytes[..end];
        return System.Text.Unicode.Utf8.IsValid(text) ? Strict.GetString(text) : Encoding.Latin1.GetString(text);
    }

    /// <summary>UTF-16, little-endian, as Windows writes it; up to the first zero. A half character is replaced.</summary>
    public static string DecodeWide(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Unicode.GetString(bytes[..(bytes.Length & ~1)]);
        var end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }
}
