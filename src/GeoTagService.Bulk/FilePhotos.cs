namespace GeoTagService.Bulk;

/// <summary>Photos that are files, or lie within files.</summary>
/// <param name="pathOf">Path of an item's photo.</param>
/// <param name="maxBytes">The service's limit.</param>
public sealed class FilePhotos(Func<ListItem, string> pathOf, long maxBytes) : IListPhotos
{
    /// <inheritdoc/>
    public ValueTask<PhotoOutcome> ReadAsync(ListItem item, CancellationToken cancellationToken)
    {
        if (item.Photo is { } known)
        {
            return ValueTask.FromResult(
                known.Bytes.Length <= maxBytes
                    ? new PhotoOutcome(known, null)
                    : new PhotoOutcome(null, ListFault.Of(PhotoFile.TooLarge(known.Bytes.Length, maxBytes)))
            );
        }

        var path = item.Span is { File: var archive } ? Path.Combine(archive, item.Image ?? item.Id) : pathOf(item);
        var read = item.Span is { } span
            ? PhotoFile.ReadStamped(span, maxBytes, out var isPassing)
            : PhotoFile.ReadStamped(path, maxBytes, out isPassing);
        return ValueTask.FromResult(
            read.IsSuccess
                ? new PhotoOutcome(read.Value, null)
                : new PhotoOutcome(null, ListFault.OfPhoto(path, read.Error) with { IsPassing = isPassing })
        );
    }

    /// <inheritdoc/>
    public PhotoStamp? Glance(ListItem item)
    {
        if (item.Span is { } span)
        {
            return span.Time == 0 ? null : new PhotoStamp(0, span.Length, span.Time);
        }

        try
        {
            using var file = File.OpenHandle(pathOf(item));
            return new PhotoStamp(0, RandomAccess.GetLength(file), File.GetLastWriteTimeUtc(file).Ticks);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
