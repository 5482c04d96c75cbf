namespace GeoTagService.Core;

/// <summary>A WGS84 position.</summary>
/// <param name="Latitude">Degrees north, −90..90.</param>
/// <param name="Longitude">Degrees east, −180..180.</param>
public readonly record struct GeoPosition(double Latitude, double Longitude);
