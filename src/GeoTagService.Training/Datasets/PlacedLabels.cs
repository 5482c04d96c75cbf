using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.Training.Datasets;

/// <summary>Photos of which the place and the tags are known, and nothing else.</summary>
/// <param name="Positions">WGS84 positions inside the British or the Irish grid.</param>
/// <param name="Labels">One bit per tag in head-row order, one element per photo.</param>
public sealed record PlacedLabels(IReadOnlyList<GeoPosition> Positions, ulong[] Labels)
{
    /// <summary>Number of photos.</summary>
    public int Rows => Labels.Length;

    /// <summary>Rows × <see cref="GridCoordinates.Count"/>.</summary>
    public float[] Coordinates()
    {
        var coordinates = new float[Rows * GridCoordinates.Count];
        Parallel.For(
            0,
            Rows,
            row => GridCoordinates.Write(Positions[row], coordinates.AsSpan(row * GridCoordinates.Count, GridCoordinates.Count))
        );
        return coordinates;
    }
}
