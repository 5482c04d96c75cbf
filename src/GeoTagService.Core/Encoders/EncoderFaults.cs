using System.Threading.Channels;

namespace GeoTagService.Core.Encoders;

/// <summary>Failures of single runs, from the lanes to the one who watches. Of several that come at once one is enough to look
/// whether the encoder still works; its loss is never missed.</summary>
internal sealed class EncoderFaults
{
    private readonly Channel<Exception> _latest = Channel.CreateBounded<Exception>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    private EncoderLostException? _lost;

    /// <summary>Takes note of one.</summary>
    public void Report(Exception failure)
    {
        if (failure is EncoderLostException lost)
        {
            Volatile.Write(ref _lost, lost);
        }

        _latest.Writer.TryWrite(failure);
    }

    /// <summary>Waits for the next; once the encoder is lost, that is what every wait ends with.</summary>
    public async ValueTask<Exception> NextAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _lost) is { } before)
        {
            return before;
        }

        var failure = await _latest.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return Volatile.Read(ref _lost) ?? failure;
    }
}
