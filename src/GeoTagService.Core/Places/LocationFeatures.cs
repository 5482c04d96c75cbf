namespace GeoTagService.Core.Places;

/// <summary>
/// A place as the two numbers that heads take: latitude and longitude scaled to the bounds of the training data, in that
/// order.
/// </summary>
/// <remarks>
/// <para>The position itself is encoded, not the centroid of its 1 km square. The heads were trained on centroids, so
/// rounding to them would be thinkable; but the reference's own answers for positions that are no centroids
/// (57.5, −5.7; 52.9, −4.6) come from the raw position, and within one square the two differ by less than 0.001 of
/// the range, far below what any head reacts to. A grid reference of 1 km gives the centroid by itself.</para>
/// <para>The trained area is the box of the scaling's bounds and every square of the British grid: Scilly, St Kilda and
/// Soay come out slightly below 0, as in the reference. Irish
/// references have no features in training; <see cref="LocationResolver"/> deals with them
/// (docs/decisions/places.md).</para>
/// </remarks>
public static class LocationFeatures
{
    /// <summary>Southern bound, degrees north; scaled to 0.</summary>
    public const double MinLatitude = 49.9;

    /// <summary>Northern bound, degrees north; scaled to 1.</summary>
    public const double MaxLatitude = 61.9;

    /// <summary>Western bound, degrees east; scaled to 0.</summary>
    public const double MinLongitude = -8.6;

    /// <summary>Eastern bound, degrees east; scaled to 1.</summary>
    public const double MaxLongitude = 2.1;

    /// <summary>How many numbers a place becomes.</summary>
    public const int Count = 2;

    /// <summary>Encodes a place; (0, 0) for none, as in training. Does not look at the trained area.</summary>
    public static (float Latitude, float Longitude) Encode(GeoPosition? position) =>
        position is { } place
            ? (
                (float)((place.Latitude - MinLatitude) / (MaxLatitude - MinLatitude)),
                (float)((place.Longitude - MinLongitude) / (MaxLongitude - MinLongitude))
            )
            : (0f, 0f);

    /// <summary>The place that two numbers stand for, in as few decimals as name it; encoding it gives the same numbers
    /// again, bit for bit.</summary>
    public static GeoPosition Decode(float latitude, float longitude) =>
        new(Shortest(latitude, MinLatitude, MaxLatitude), Shortest(longitude, MinLongitude, MaxLongitude));

    /// <summary>Whether a position is scaled: inside the bounds (inclusive), or in a square of the British grid, some of
    /// which lie slightly outside them.</summary>
    public static bool IsInTrainedArea(GeoPosition position) =>
        IsWithinBounds(position) || GridReference.FromPosition(position, 1000) is { Grid: Grid.British };

    /// <summary>Whether a position lies inside the bounds of the scaling (inclusive).</summary>
    public static bool IsWithinBounds(GeoPosition position) =>
        position.Latitude is >= MinLatitude and <= MaxLatitude && position.Longitude is >= MinLongitude and <= MaxLongitude;

    private static double Shortest(float scaled, double least, double most)
    {
        var exact = (scaled * (most - least)) + least;
        for (var decimals = 3; decimals < 15; decimals++)
        {
            var rounded = Math.Round(exact, decimals);
            if ((float)((rounded - least) / (most - least)) == scaled)
            {
                return rounded;
            }
        }

        return exact;
    }
}
