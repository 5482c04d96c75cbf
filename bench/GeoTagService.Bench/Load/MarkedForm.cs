using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace GeoTagService.Bench.Load;

/// <summary>
/// One request's form: <c>image</c>, <c>title</c>, <c>lat</c>, <c>lon</c>. The photo is shared by many requests and
/// carries a comment segment of its own with the request's number: the pixels are the same and cost the same, the bytes
/// are not, so that no cache of answers helps.
/// </summary>
public sealed class MarkedForm : HttpContent
{
    /// <summary>Start of image, then a comment (FF FE) of 8 bytes behind its length of 2.</summary>
    private const int MarkLength = 2 + 2 + 2 + 8;

    private const string Boundary = "----geotag-bench-7f3a91c2";
    private static readonly MediaTypeHeaderValue Type = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={Boundary}");
    private static readonly byte[] PhotoHead = Encoding.ASCII.GetBytes(
        $"--{Boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
    );

    private readonly byte[]? _photo;
    private readonly byte[] _mark = new byte[MarkLength];
    private readonly byte[] _tail;

    /// <param name="item">What it holds.</param>
    public MarkedForm(LoadItem item)
    {
        _photo = item.Photo;
        new byte[] { 0xFF, 0xD8, 0xFF, 0xFE, 0, 10 }.CopyTo(_mark, 0);
        BinaryPrimitives.WriteInt64BigEndian(_mark.AsSpan(6), item.Number);

        var tail = new StringBuilder(_photo is null ? "" : "\r\n");
        Add(tail, "title", item.Title);
        Add(tail, "lat", item.Place?.Latitude.ToString("F5", CultureInfo.InvariantCulture));
        Add(tail, "lon", item.Place?.Longitude.ToString("F5", CultureInfo.InvariantCulture));
        _tail = Encoding.UTF8.GetBytes(tail.Append("--").Append(Boundary).Append("--\r\n").ToString());
        Headers.ContentType = Type;
    }

    /// <summary>Bytes of the body.</summary>
    public long Length => _tail.Length + (_photo is null ? 0 : PhotoHead.Length + MarkLength + _photo.Length - 2);

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = Length;
        return true;
    }

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        if (_photo is not null)
        {
            await stream.WriteAsync(PhotoHead).ConfigureAwait(false);
            await stream.WriteAsync(_mark).ConfigureAwait(false);
            // The mark begins with the start of image; what follows it in the photo follows the mark here.
            await stream.WriteAsync(_photo.AsMemory(2)).ConfigureAwait(false);
        }

        await stream.WriteAsync(_tail).ConfigureAwait(false);
    }

    private static void Add(StringBuilder form, string name, string? value)
    {
        if (value is not null)
        {
            form.Append("--")
                .Append(Boundary)
                .Append("\r\nContent-Disposition: form-data; name=\"")
                .Append(name)
                .Append("\"\r\n\r\n")
                .Append(value)
                .Append("\r\n");
        }
    }
}
