namespace GeoTagService.Bulk;

/// <summary>Which content a photo's file had when it was read.</summary>
/// <param name="Digest">First 128 bits of SHA-256 of the bytes that were tagged; 0 where only size and time are known.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Time">Time of the last change, ticks of UTC; 0 where there is none.</param>
public readonly record struct PhotoStamp(UInt128 Digest, long Size, long Time);

/// <summary>A photo that was read.</summary>
/// <param name="Bytes">The file's content.</param>
/// <param name="Stamp">Which content that is.</param>
public sealed record PhotoRead(byte[] Bytes, PhotoStamp Stamp);

/// <summary>A photo that lies within a larger file, such as an archive.</summary>
/// <param name="File">The larger file.</param>
/// <param name="Offset">Where the photo begins.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Time">Time of its last change as the archive says, ticks of UTC; 0 where it does not.</param>
internal sealed record PhotoSpan(string File, long Offset, long Length, long Time);

/// <summary>What reading a photo gave: its bytes, or a fault.</summary>
/// <param name="Photo">The photo, or null.</param>
/// <param name="Fault">What was wrong, or null.</param>
public readonly record struct PhotoOutcome(PhotoRead? Photo, ListFault? Fault);

/// <summary>Where the photos that a list names are read from.</summary>
public interface IListPhotos
{
    /// <summary>Reads an item's photo.</summary>
    ValueTask<PhotoOutcome> ReadAsync(ListItem item, CancellationToken cancellationToken);

    /// <summary>Size and time of an item's photo without reading it, or null where that cannot be told.</summary>
    PhotoStamp? Glance(ListItem item);
}
