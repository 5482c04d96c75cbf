using System.Globalization;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists;

/// <summary>Part of a list: every n-th item, so that n machines share it without speaking to each other.</summary>
/// <param name="Index">Which part, from 1.</param>
/// <param name="Count">How many parts.</param>
internal readonly record struct Shard(int Index, int Count)
{
    /// <summary>The whole list.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Reads <c>2/4</c>.</summary>
    /// <exception cref="RunFailureException">It is not of that form.</exception>
    public static Shard Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new RunFailureException(RunFailure.Request, $"'{text}' is not a part such as 2/4, from 1/4 to 4/4");
    }

    /// <summary>Whether an item belongs to this part.</summary>
    public bool Holds(long position) => position % Count == Index - 1;

    public override string ToString() => $"{Index}/{Count}";
}

/// <summary>What to write of each item.</summary>
/// <param name="Thresholds">Labels are given at each of these, 0 to 1, both excluded; ascending.</param>
/// <param name="AllProbabilities">Whether to write the probability of every tag.</param>
internal sealed record ListContent(IReadOnlyList<float> Thresholds, bool AllProbabilities)
{
    /// <summary>Reads <c>0.2,0.5</c>.</summary>
    /// <exception cref="RunFailureException">It is not of that form.</exception>
    public static IReadOnlyList<float> ParseThresholds(string text)
    {
        var thresholds = new List<float>();
        foreach (var part in text.Split(','))
        {
            if (!float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value is not (> 0 and < 1))
            {
                throw new RunFailureException(RunFailure.Request, $"'{text}' is not a list of thresholds between 0 and 1, such as 0.2,0.5");
            }

            thresholds.Add(value);
        }

        return [.. thresholds.Distinct().Order()];
    }

    /// <summary>A threshold in column names.</summary>
    public static string Name(float threshold) => threshold.ToString("0.######", CultureInfo.InvariantCulture);
}
