namespace GeoTagService.Core;

/// <summary>A WGS84 position.</summary>
/// <param name="Latitude">Degrees north, −90..90.</param>
/// <param name="Longitude">Degrees east, −180..180.</param>
public readonly record struct GeoPosition(double Latitude, double Longitude)
{
    /// <summary>Most degrees north, and south of the equator.</summary>
    public const int MostNorth = 90;

    /// <summary>Most degrees east, and west of Greenwich.</summary>
    public const int MostEast = 180;

    /// <summary>Whether a number is a latitude.</summary>
    /// <param name="degrees">Any number.</param>
    public static bool IsLatitude(double degrees) => degrees is >= -MostNorth and <= MostNorth;

    /// <summary>Whether a number is a longitude.</summary>
    /// <param name="degrees">Any number.</param>
    public static bool IsLongitude(double degrees) => degrees is >= -MostEast and <= MostEast;
}
