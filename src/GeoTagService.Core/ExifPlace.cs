namespace GeoTagService.Core;

/// <summary>What a photo's EXIF block says of its place.</summary>
public readonly record struct ExifPlace
{
    private ExifPlace(GeoPosition? position) => Position = position;

    /// <summary>There is a place, and it cannot be used: zeros, degrees out of range, no hemisphere, damage.</summary>
    public static ExifPlace Unusable => default;

    /// <summary>The position, or null where it cannot be used.</summary>
    public GeoPosition? Position { get; }

    /// <summary>A position as a camera wrote it.</summary>
    /// <param name="position">Any numbers; those that are no position, and 0° N 0° E, which cameras without a fix write and no
    /// photo of land shows, make the place <see cref="Unusable"/>.</param>
    public static ExifPlace Of(GeoPosition position) =>
        GeoPosition.IsLatitude(position.Latitude)
        && GeoPosition.IsLongitude(position.Longitude)
        && position is not { Latitude: 0, Longitude: 0 }
            ? new ExifPlace(position)
            : Unusable;
}
