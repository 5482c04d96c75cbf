using System.Buffers.Text;
using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Api.Fields;

/// <summary>Photos that are written as text: a <c>data:</c> URI, which holds one, or an address to fetch one from.</summary>
internal static class PhotoText
{
    /// <summary>Longest address that is taken.</summary>
    public const int LongestAddress = 2048;

    /// <summary>Longest beginning of a <c>data:</c> URI, up to its comma.</summary>
    public const int LongestHead = 256;

    private static ReadOnlySpan<byte> Data => "data:"u8;

    /// <summary>Whether a text begins as a <c>data:</c> URI does. No format of photos does, nor base64.</summary>
    public static bool IsData(ReadOnlySpan<byte> text) => StartsWith(text, Data);

    /// <summary>Whether a text begins as an address does.</summary>
    public static bool IsAddress(ReadOnlySpan<byte> text) => StartsWith(text, "http://"u8) || StartsWith(text, "https://"u8);

    /// <summary>Where in a <c>data:</c> URI the base64 begins; −1 for one that holds none.</summary>
    public static int StartOfBase64(ReadOnlySpan<byte> uri)
    {
        var comma = uri[..Math.Min(uri.Length, LongestHead)].IndexOf((byte)',');
        return comma > 0 && Encoding.ASCII.GetString(uri[..comma]).EndsWith(";base64", StringComparison.OrdinalIgnoreCase) ? comma + 1 : -1;
    }

    /// <summary>Takes a photo from the text of a form or query.</summary>
    public static bool TryTake(string text, RequestDraft draft)
    {
        text = text.Trim();
        var bytes = Encoding.UTF8.GetBytes(text);
        if (IsAddress(bytes) && text.Length <= LongestAddress)
        {
            draft.PhotoAddress = text;
            return true;
        }

        if (!IsData(bytes) || StartOfBase64(bytes) is not (> 0 and var start))
        {
            return false;
        }

        // A plus that nobody escaped came as a space, and one that was escaped twice still is.
        var base64 = bytes.AsSpan(start).Contains((byte)'%')
            ? Encoding.UTF8.GetBytes(Uri.UnescapeDataString(text[start..]))
            : bytes[start..];
        base64.AsSpan().Replace((byte)' ', (byte)'+');
        if (Base64.DecodeFromUtf8InPlace(base64, out var length) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        draft.PhotoOfText = base64.AsMemory(0, length);
        return true;
    }

    /// <summary>Takes a part of a form that came without a file's name for what it says, when it is text.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static TaggingError? TakeOfPart(RequestDraft draft)
    {
        var photo = draft.Photo!;
        var bytes = photo.Memory.Span;
        if (IsData(bytes))
        {
            return StartOfBase64(bytes) is > 0 and var start && photo.DecodeBase64(start) ? null : RequestFields.Image.UnreadableText();
        }

        if (!IsAddress(bytes))
        {
            return null;
        }

        var isAddress = bytes.Length <= LongestAddress && StrictText.TryDecode(bytes, out var text) && TryTake(text, draft);
        photo.Dispose();
        draft.Photo = null;
        return isAddress ? null : RequestFields.Image.UnreadableText();
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> beginning) =>
        text.Length >= beginning.Length && Ascii.EqualsIgnoreCase(text[..beginning.Length], beginning);
}
