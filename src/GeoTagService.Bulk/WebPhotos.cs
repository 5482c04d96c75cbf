using GeoTagService.Bulk.Fetching;
using GeoTagService.Core;

namespace GeoTagService.Bulk;

/// <summary>Photos of which some are named by an http(s) address, or are objects of buckets; the others are files.</summary>
/// <param name="files">Reads those that are files.</param>
/// <param name="fetcher">Fetches those on the web.</param>
/// <param name="objects">Reads those in buckets.</param>
/// <param name="maxBytes">Most bytes of a photo.</param>
internal sealed class WebPhotos(IListPhotos files, PhotoFetcher fetcher, S3Objects objects, long maxBytes) : IListPhotos
{
    /// <summary>Whether a photo's name is an address: http(s), or <c>s3://bucket/key</c>.</summary>
    public static bool IsAddress(string? image) =>
        image is not null
        && (
            image.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || image.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || S3Objects.IsAddress(image)
        );

    /// <inheritdoc/>
    public async ValueTask<PhotoOutcome> ReadAsync(ListItem item, CancellationToken cancellationToken)
    {
        if (item.Photo is not null || item.Span is not null || !IsAddress(item.Image))
        {
            return await files.ReadAsync(item, cancellationToken).ConfigureAwait(false);
        }

        if (S3Objects.IsAddress(item.Image))
        {
            return ToOutcome(item.Image!, await objects.ReadAsync(item.Image!, maxBytes, cancellationToken).ConfigureAwait(false));
        }

        if (!Uri.TryCreate(item.Image!.Trim(), UriKind.Absolute, out var address) || address.Host.Length == 0)
        {
            return Fault($"{item.Image} is no address.", isPassing: false);
        }

        return ToOutcome(address.ToString(), await fetcher.FetchAsync(address, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    /// <remarks>Only its content tells whether a photo on a host is still the same.</remarks>
    public PhotoStamp? Glance(ListItem item) => IsAddress(item.Image) && item.Span is null ? null : files.Glance(item);

    private static PhotoOutcome ToOutcome(string address, FetchedPhoto fetched) =>
        fetched.Fate == FetchFate.Had
            ? new PhotoOutcome(new PhotoRead(fetched.Photo, new PhotoStamp(ItemKey.Digest(fetched.Photo), fetched.Photo.Length, 0)), null)
            : Fault($"{address}: {fetched.Why}.", fetched.MayPass);

    private static PhotoOutcome Fault(string detail, bool isPassing) =>
        new(null, new ListFault(TaggingErrorCode.ImageNotFetched.ToName(), "image", detail) { IsPassing = isPassing });
}
