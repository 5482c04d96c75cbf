namespace GeoTagService.Bulk.Lists;

/// <summary>How a run over a list ended.</summary>
/// <param name="Done">How many items have their row.</param>
/// <param name="Rejected">How many items were rejected.</param>
/// <param name="IsComplete">Whether every item has a row or was rejected; else the same command goes on.</param>
public readonly record struct ListEnd(long Done, long Rejected, bool IsComplete);
