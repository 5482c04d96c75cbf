using System.Net;
using System.Net.Http.Headers;

namespace GeoTagService.FaultTests.Soak;

/// <summary>A photo that is sent at two kilobytes a second.</summary>
internal sealed class SlowBody : HttpContent
{
    private const int Step = 200;

    private readonly byte[] _photo;

    public SlowBody(byte[] photo)
    {
        _photo = photo;
        Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < _photo.Length; sent += Step)
        {
            await stream.WriteAsync(_photo.AsMemory(sent, Math.Min(Step, _photo.Length - sent)), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(100, cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _photo.Length;
        return true;
    }
}
