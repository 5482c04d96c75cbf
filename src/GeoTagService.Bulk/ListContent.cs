using System.Globalization;
using GeoTagService.Core;

namespace GeoTagService.Bulk;

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
