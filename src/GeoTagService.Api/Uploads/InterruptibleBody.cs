using System.Buffers;
using System.IO.Pipelines;

namespace GeoTagService.Api.Uploads;

/// <summary>
/// A request's body that can be interrupted and drained afterwards. The server's own stream leaves its pipe in the middle
/// of a read when that is cancelled, and the server then complains that it cannot drain the rest.
/// </summary>
internal sealed class InterruptibleBody(PipeReader pipe) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Ends the read that is waiting, or the next one, with <see cref="OperationCanceledException"/>.</summary>
    public void Interrupt() => pipe.CancelPendingRead();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A pipe whose read ends by a token stays in the middle of that read; one that is told to end it does not. So
        // Interrupt alone ends a read: whoever opens the body has it called for every token that matters.
        var result = await pipe.ReadAsync(CancellationToken.None);
        if (result.IsCanceled)
        {
            pipe.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("the upload was interrupted");
        }

        var taken = (int)Math.Min(buffer.Length, result.Buffer.Length);
        var bytes = result.Buffer.Slice(0, taken);
        bytes.CopyTo(buffer.Span);
        pipe.AdvanceTo(bytes.End);
        return taken;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
