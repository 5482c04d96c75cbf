using System.Net;
using System.Net.Http.Headers;

namespace GeoTagService.FaultTests.Gateway;

/// <summary>A batch whose first line is sent and whose end is not, until it is told.</summary>
internal sealed class OpenBody : HttpContent
{
    private readonly TaskCompletionSource _begun;
    private readonly CancellationToken _ends;

    public OpenBody(TaskCompletionSource begun, CancellationToken ends)
    {
        _begun = begun;
        _ends = ends;
        Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await stream.WriteAsync("{\"title\":\"Canal\"}\n"u8.ToArray(), CancellationToken.None);
        await stream.FlushAsync(CancellationToken.None);
        _begun.TrySetResult();
        await Task.Delay(Timeout.Infinite, _ends).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
