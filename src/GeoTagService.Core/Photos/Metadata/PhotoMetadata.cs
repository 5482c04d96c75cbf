using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>
/// What a camera wrote into a photo beside its pixels (docs/use/photo-metadata.md says what is read of which format). Made for files of
/// strangers: takes microseconds, allocates nothing that a file could make large, and whatever is damaged counts as missing.
/// </summary>
internal static class PhotoMetadata
{
    private const ushort OrientationTag = 0x0112;

    /// <summary>How the stored pixels have to be turned: what the first EXIF block that speaks of it says.</summary>
    /// <param name="file">The file's bytes, of any kind.</param>
    public static ExifOrientation ReadOrientation(ReadOnlySpan<byte> file)
    {
        for (var blocks = new MetadataBlocks(file, CancellationToken.None); blocks.MoveNext(); )
        {
            if (
                blocks.Kind == MetadataKind.Exif
                && TiffReader.TryOpen(blocks.Bytes, out var exif)
                && exif.TryFind(exif.OpenRoot(), OrientationTag, out var entry)
                && entry is { Type: TiffType.Short, Count: 1 }
            )
            {
                var value = exif.Short(entry.At);
                return value is >= 1 and <= 8 ? (ExifOrientation)value : ExifOrientation.TopLeft;
            }
        }

        return ExifOrientation.TopLeft;
    }

    /// <summary>The title that somebody gave the photo.</summary>
    /// <param name="file">The file's bytes, of any kind.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The title, or null where the file has none.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static PhotoTitle? ReadTitle(ReadOnlySpan<byte> file, CancellationToken cancellation) => PhotoTitles.Read(file, cancellation);

    /// <summary>Where the photo was taken: what the first EXIF block that speaks of a place says.</summary>
    /// <param name="file">The file's bytes, of any kind.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The place, or null where the file speaks of none.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static ExifPlace? ReadPlace(ReadOnlySpan<byte> file, CancellationToken cancellation)
    {
        for (var blocks = new MetadataBlocks(file, cancellation); blocks.MoveNext(); )
        {
            if (
                blocks.Kind is MetadataKind.Exif or MetadataKind.Gps
                && TiffReader.TryOpen(blocks.Bytes, out var exif)
                && (blocks.Kind == MetadataKind.Gps ? GpsDirectory.ReadRoot(ref exif) : GpsDirectory.Read(ref exif)) is { } place
            )
            {
                return place;
            }
        }

        return null;
    }
}
