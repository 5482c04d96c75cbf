using GeoTagService.Bulk.Fetching;

namespace GeoTagService.Bulk;

/// <summary>What fetches photos from hosts, for as long as a command runs.</summary>
public sealed class WebFetch : IDisposable
{
    private readonly PatientHttp _http;
    private readonly PhotoFetcher _fetcher;
    private readonly S3Objects _objects;
    private readonly long _maxPhotoBytes;

    /// <summary>Opens it; no host is spoken to.</summary>
    /// <param name="manners">How hosts are treated.</param>
    /// <param name="maxPhotoBytes">Most bytes of a photo.</param>
    public WebFetch(WebManners manners, long maxPhotoBytes)
    {
        _http = new PatientHttp(manners, TimeProvider.System);
        _fetcher = new PhotoFetcher(_http, manners, maxPhotoBytes);
        _objects = new S3Objects(manners);
        _maxPhotoBytes = maxPhotoBytes;
    }

    /// <summary>Photos of which those that are named by an address are fetched.</summary>
    public IListPhotos Over(IListPhotos files) => new WebPhotos(files, _fetcher, _objects, _maxPhotoBytes);

    /// <summary>Whether a photo's name is an address: http(s), or <c>s3://bucket/key</c>.</summary>
    public static bool IsAddress(string? image) => WebPhotos.IsAddress(image);

    /// <inheritdoc/>
    public void Dispose()
    {
        _fetcher.Dispose();
        _http.Dispose();
        _objects.Dispose();
    }
}
