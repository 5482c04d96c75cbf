namespace GeoTagService.Core.Places;

/// <summary>
/// A coarse ring around the island of Ireland and its islets, drawn through the middle of the sea that parts it from
/// Britain: only to tell which of the two grids people would write a place in. It is nobody's boundary.
/// </summary>
internal static class IrelandOutline
{
    // Clockwise from the south-west, degrees. The narrow places: between Copeland Island and Portpatrick, between Torr
    // Head and the Mull of Kintyre, between Rathlin and Islay.
    private static readonly GeoPosition[] Ring =
    [
        new(51.0, -11.5),
        new(55.7, -11.5),
        new(55.7, -8.5),
        new(55.6, -7.3),
        new(55.5, -6.8),
        new(55.45, -6.3),
        new(55.33, -6.0),
        new(55.25, -5.94),
        new(55.05, -5.56),
        new(54.75, -5.32),
        new(54.4, -5.2),
        new(53.8, -5.3),
        new(53.0, -5.6),
        new(52.0, -5.9),
        new(51.6, -6.3),
        new(51.0, -8.0),
    ];

    /// <summary>Whether a position lies on or around the island (crossings of a ray to the east).</summary>
    public static bool Contains(GeoPosition position)
    {
        var inside = false;
        var previous = Ring[^1];
        foreach (var corner in Ring)
        {
            if ((corner.Latitude > position.Latitude) != (previous.Latitude > position.Latitude))
            {
                var share = (position.Latitude - corner.Latitude) / (previous.Latitude - corner.Latitude);
                if (position.Longitude < corner.Longitude + (share * (previous.Longitude - corner.Longitude)))
                {
                    inside = !inside;
                }
            }

            previous = corner;
        }

        return inside;
    }
}
