using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Core.Photos.Isolation;

/// <summary>What a child process says.</summary>
public enum DecoderReplyKind : byte
{
    /// <summary>Warmed, and waiting for photos.</summary>
    Ready = 1,

    /// <summary>The crop's pixels follow.</summary>
    Crop = 2,

    /// <summary>A fault of the photo follows.</summary>
    Fault = 3,
}

/// <summary>Head of a reply.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Code">The fault's code.</param>
/// <param name="Length">Bytes that follow.</param>
/// <param name="Processor">Processor time that the child has used in all.</param>
/// <param name="Limit">Value of the limit that the fault names, or −1.</param>
public readonly record struct DecoderReply(DecoderReplyKind Kind, TaggingErrorCode Code, int Length, TimeSpan Processor, long Limit);

/// <summary>
/// What parent and child say to each other over the child's standard input and output: a head of fixed size, then bytes.
/// Both are of one build, so that no version is told. The parent does not trust the child, which has seen a stranger's file:
/// every length is checked.
/// </summary>
public static class DecoderWire
{
    /// <summary>Bytes of a request's head.</summary>
    public const int RequestLength = 24;

    /// <summary>Bytes of a reply's head.</summary>
    public const int ReplyLength = 24;

    /// <summary>Most bytes of a fault.</summary>
    public const int LongestFault = 2048;

    /// <summary>Writes the head of a request.</summary>
    public static void WriteRequest(Span<byte> head, int length, ImageDecodeRequest request)
    {
        head[..RequestLength].Clear();
        ArgumentNullException.ThrowIfNull(request);
        BinaryPrimitives.WriteInt32LittleEndian(head, length);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], request.ReducedScaleTarget);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], request.MaxPixels);
        head[16] = request.ApplyOrientation ? (byte)1 : (byte)0;
        head[17] = (byte)request.Formats;
    }

    /// <summary>Reads the head of a request.</summary>
    public static ImageDecodeRequest ReadRequest(ReadOnlySpan<byte> head, out int length)
    {
        length = BinaryPrimitives.ReadInt32LittleEndian(head);
        return new ImageDecodeRequest(
            BinaryPrimitives.ReadInt64LittleEndian(head[8..]),
            head[16] != 0,
            BinaryPrimitives.ReadInt32LittleEndian(head[4..]),
            Formats: (PhotoFormats)head[17]
        );
    }

    /// <summary>Writes the head of a reply.</summary>
    public static void WriteReply(Span<byte> head, DecoderReply reply)
    {
        head[..ReplyLength].Clear();
        head[0] = (byte)reply.Kind;
        head[1] = (byte)reply.Code;
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], reply.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], reply.Processor.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], reply.Limit);
    }

    /// <summary>Reads the head of a reply.</summary>
    public static DecoderReply ReadReply(ReadOnlySpan<byte> head) =>
        new(
            (DecoderReplyKind)head[0],
            (TaggingErrorCode)head[1],
            BinaryPrimitives.ReadInt32LittleEndian(head[4..]),
            TimeSpan.FromTicks(BinaryPrimitives.ReadInt64LittleEndian(head[8..])),
            BinaryPrimitives.ReadInt64LittleEndian(head[16..])
        );

    /// <summary>A fault's unit and sentence as bytes.</summary>
    public static byte[] WriteFault(TaggingError error) =>
        Encoding.UTF8.GetBytes($"{error.Limit?.Unit}\n{error.Detail}") is { Length: <= LongestFault } bytes
            ? bytes
            : throw new InvalidOperationException("A fault is longer than the parent reads.");

    /// <summary>The fault that was sent.</summary>
    /// <exception cref="IOException">It is none that a photo can have.</exception>
    public static TaggingError ReadFault(DecoderReply reply, ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        if (
            end < 0
            || text.AsSpan(end + 1).ContainsAnyInRange('\0', '\x1F')
            || reply.Code is not (TaggingErrorCode.InvalidImage or TaggingErrorCode.ImageTooLarge or TaggingErrorCode.UnsupportedMedia)
        )
        {
            throw new IOException("The decoder's fault is no fault of a photo.");
        }

        return new TaggingError(reply.Code, "image", text[(end + 1)..])
        {
            Limit = reply.Limit >= 0 ? new TaggingLimit(reply.Limit, text[..end]) : null,
        };
    }
}
