using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.Bulk.Places;

/// <summary>Counts by square of the British and the Irish grid, at 100, 10 and 1 km.</summary>
public sealed class SquarePyramid
{
    /// <summary>Edges of the squares in metres, from the coarsest on.</summary>
    public static readonly List<int> Edges = [100_000, 10_000, 1_000];

    private readonly Dictionary<GridReference, TagCounts>[] _levels =
    [
        [],
        [],
        [],
    ];

    /// <summary>All photos with a place.</summary>
    public TagCounts All { get; } = new();

    /// <summary>Photos whose place lies in neither grid.</summary>
    public long Outside { get; private set; }

    /// <summary>Squares that hold a photo, by their edge's position in <see cref="Edges"/>.</summary>
    public IReadOnlyDictionary<GridReference, TagCounts> this[int level] => _levels[level];

    /// <summary>Adds a photo by its position.</summary>
    /// <param name="position">WGS84 position.</param>
    /// <param name="tags">Probability of each tag, or 0 and 1, in head-row order.</param>
    public void Add(GeoPosition position, ReadOnlySpan<float> tags)
    {
        if (GridReference.FromPosition(position, Edges[^1]) is not { } square)
        {
            Outside++;
            return;
        }

        Add(square, tags);
    }

    /// <summary>Adds a photo by its square, which counts at every edge that is no finer than it.</summary>
    public void Add(GridReference square, ReadOnlySpan<float> tags)
    {
        All.Add(tags);
        for (var level = 0; level < Edges.Count && Edges[level] >= square.Precision; level++)
        {
            var key = square.Within(Edges[level]);
            if (!_levels[level].TryGetValue(key, out var counts))
            {
                _levels[level].Add(key, counts = new TagCounts());
            }

            counts.Add(tags);
        }
    }
}
