using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Places;

/// <summary>How many photos lie somewhere, and how many of them carry each tag. Tags that are known as probabilities count as
/// such, so that a count is an expected number.</summary>
public sealed class TagCounts
{
    /// <summary>Number of photos.</summary>
    public double Photos { get; private set; }

    /// <summary>Photos by tag, in head-row order.</summary>
    public double[] Tags { get; } = new double[TagCatalog.Count];

    /// <summary>Adds a photo.</summary>
    /// <param name="tags">Probability of each tag, or 0 and 1, in head-row order.</param>
    public void Add(ReadOnlySpan<float> tags)
    {
        Photos++;
        for (var tag = 0; tag < Tags.Length; tag++)
        {
            Tags[tag] += tags[tag];
        }
    }

    /// <summary>Adds the photos of a square.</summary>
    public void Add(TagCounts other)
    {
        Photos += other.Photos;
        for (var tag = 0; tag < Tags.Length; tag++)
        {
            Tags[tag] += other.Tags[tag];
        }
    }
}
