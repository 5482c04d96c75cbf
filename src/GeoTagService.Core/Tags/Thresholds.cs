namespace GeoTagService.Core.Tags;

/// <summary>Which threshold each tag is decided by: the head's own, then the request's number, then the request's
/// numbers by tag; the later wins.</summary>
public static class Thresholds
{
    private const string Field = "threshold";

    /// <summary>Resolves one threshold per tag.</summary>
    /// <param name="head">Its <see cref="HeadDescriptor.Thresholds"/>: one value, or one per tag in head-row order.</param>
    /// <param name="options">The request's wishes.</param>
    /// <returns><see cref="TagCatalog.Count"/> thresholds in head-row order, or
    /// <see cref="TaggingErrorCode.InvalidValue"/> for a number that is not inside (0, 1) and for unknown tags.</returns>
    /// <exception cref="ArgumentException">The head holds neither one threshold nor one per tag, which no verified
    /// bundle does.</exception>
    public static Outcome<float[]> Resolve(HeadDescriptor head, TagOptions options)
    {
        if (head.Thresholds.Count != 1 && head.Thresholds.Count != TagCatalog.Count)
        {
            throw new ArgumentException(
                $"head '{head.Name}' has {head.Thresholds.Count} thresholds instead of 1 or {TagCatalog.Count}",
                nameof(head)
            );
        }

        if (options.Threshold is { } all && !IsUsable(all))
        {
            return OutOfRange($"threshold is {all}", all);
        }

        var thresholds = new float[TagCatalog.Count];
        for (var row = 0; row < thresholds.Length; row++)
        {
            thresholds[row] = options.Threshold is { } number ? (float)number : head.Thresholds[head.Thresholds.Count == 1 ? 0 : row];
        }

        if (options.TagThresholds is not { Count: > 0 } overrides)
        {
            return thresholds;
        }

        var unknown = overrides.Keys.Where(id => !TagCatalog.TryGet(id, out _)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            return Unknown(unknown);
        }

        foreach (var (id, value) in overrides)
        {
            if (!IsUsable(value))
            {
                return OutOfRange($"threshold of {id} is {value}", value);
            }

            if (TagCatalog.TryGet(id, out var tag))
            {
                thresholds[tag.HeadRow] = (float)value;
            }
        }

        return thresholds;
    }

    private static bool IsUsable(double threshold) => threshold is > 0 and < 1;

    private static TaggingError OutOfRange(string what, double value) =>
        new(TaggingErrorCode.InvalidValue, Field, $"{what}; a threshold lies between 0 and 1, both excluded.")
        {
            Limit = new TaggingLimit(value <= 0 ? 0 : 1, "probability"),
        };

    private static TaggingError Unknown(List<string> ids)
    {
        // A client may send thousands of names; the first few tell what went wrong.
        const int Shown = 5;
        const int LongestShown = 32;
        var names = ids.Take(Shown).Select(id => $"'{(id.Length <= LongestShown ? id : id[..LongestShown] + "…")}'");
        var more = ids.Count > Shown ? $" and {ids.Count - Shown} more" : string.Empty;
        return new TaggingError(
            TaggingErrorCode.InvalidValue,
            Field,
            $"There is no tag {string.Join(", ", names)}{more}; GET /v1/tags lists the {TagCatalog.Count} tags."
        );
    }
}
