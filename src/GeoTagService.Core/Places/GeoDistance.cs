namespace GeoTagService.Core.Places;

/// <summary>Distance over ground.</summary>
internal static class GeoDistance
{
    private const double MeanEarthRadius = 6_371_008.8;

    /// <summary>Metres between two positions on a sphere (haversine): within 0.6 % of the ellipsoid, enough to say
    /// whether two places are the same.</summary>
    public static double Metres(GeoPosition from, GeoPosition to)
    {
        var latitude = double.DegreesToRadians(to.Latitude - from.Latitude);
        var longitude = double.DegreesToRadians(to.Longitude - from.Longitude);
        var chord =
            Math.Pow(Math.Sin(latitude / 2), 2)
            + (
                Math.Cos(double.DegreesToRadians(from.Latitude))
                * Math.Cos(double.DegreesToRadians(to.Latitude))
                * Math.Pow(Math.Sin(longitude / 2), 2)
            );
        return 2 * MeanEarthRadius * Math.Asin(Math.Min(1, Math.Sqrt(chord)));
    }
}
