using GeoTagService.Core;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Isolation;

namespace GeoTagService.Decoder;

/// <summary>What a child process does: photo in, crop or fault out, one at a time, until its input ends.</summary>
internal static class DecoderLoop
{
    /// <summary>A buffer that held a photo longer than this is given back at once: few are.</summary>
    private const int LargePhoto = 4 * 1024 * 1024;

    /// <summary>Says that the child is ready, then serves.</summary>
    /// <param name="preprocessor">What prepares photos; warmed.</param>
    /// <param name="input">Photos come here.</param>
    /// <param name="output">Crops and faults go here.</param>
    /// <param name="confinement">What this process is kept from, for the parent's log.</param>
    public static void Run(ImagePreprocessor preprocessor, Stream input, Stream output, DecoderConfinement confinement)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> head = stackalloc byte[DecoderWire.RequestLength];
        var buffer = Array.Empty<byte>();
        Reply(output, DecoderReplyKind.Ready, default, [], new TaggingLimit((long)confinement, string.Empty));
        while (input.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var request = DecoderWire.ReadRequest(head, out var length);
            if (buffer.Length < length)
            {
                buffer = GC.AllocateUninitializedArray<byte>((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length));
            }

            input.ReadExactly(buffer.AsSpan(0, length));
            Serve(preprocessor, buffer.AsMemory(0, length), request, output);
            if (buffer.Length > LargePhoto)
            {
                buffer = [];
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }
        }
    }

    private static void Serve(ImagePreprocessor preprocessor, ReadOnlyMemory<byte> photo, ImageDecodeRequest request, Stream output)
    {
        var outcome = preprocessor.Prepare(photo, request);
        if (!outcome.IsSuccess)
        {
            Reply(output, DecoderReplyKind.Fault, outcome.Error.Code, DecoderWire.WriteFault(outcome.Error), outcome.Error.Limit);
            return;
        }

        using var crop = outcome.Value;
        Reply(output, DecoderReplyKind.Crop, default, crop.Pixels.Span, null);
    }

    private static void Reply(Stream output, DecoderReplyKind kind, TaggingErrorCode code, ReadOnlySpan<byte> bytes, TaggingLimit? limit)
    {
        Span<byte> head = stackalloc byte[DecoderWire.ReplyLength];
        DecoderWire.WriteReply(head, new DecoderReply(kind, code, bytes.Length, Environment.CpuUsage.TotalTime, limit?.Value ?? -1));
        output.Write(head);
        output.Write(bytes);
        output.Flush();
    }
}
