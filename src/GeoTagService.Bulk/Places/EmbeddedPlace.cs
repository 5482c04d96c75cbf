using GeoTagService.Core;

namespace GeoTagService.Bulk.Places;

/// <summary>A place of a list and what the location encoder makes of it.</summary>
/// <param name="Id">What the list calls it, or null.</param>
/// <param name="Position">Where it is.</param>
/// <param name="Embedding">Its embedding; empty outside both grids.</param>
/// <param name="Shares">The expected share of each tag, in head-row order; empty outside both grids.</param>
public sealed record EmbeddedPlace(string? Id, GeoPosition Position, ReadOnlyMemory<float> Embedding, ReadOnlyMemory<float> Shares);
