namespace GeoTagService.Core.Places;

/// <summary>
/// A place as location encoders take it: easting and northing in the British grid, then in the Irish one, each in units of
/// 100 km. Both are given for every place of either grid, so that nothing jumps between the two.
/// </summary>
public static class GridCoordinates
{
    /// <summary>How many numbers a place becomes.</summary>
    public const int Count = 4;

    private const double Unit = 100_000;

    /// <summary>Whether a position lies in a lettered square of either grid, where its coordinates mean something.</summary>
    public static bool Covers(GeoPosition position) => GridReference.FromPosition(position, (int)Unit) is not null;

    /// <summary>Writes a place's coordinates.</summary>
    /// <param name="position">A WGS84 position that <see cref="Covers"/> holds for.</param>
    /// <param name="destination">Receives <see cref="Count"/> numbers.</param>
    public static void Write(GeoPosition position, Span<float> destination)
    {
        var (east, north) = NationalGrid.British.Project(position);
        (destination[0], destination[1]) = ((float)(east / Unit), (float)(north / Unit));
        (east, north) = NationalGrid.Irish.Project(position);
        (destination[2], destination[3]) = ((float)(east / Unit), (float)(north / Unit));
    }
}
