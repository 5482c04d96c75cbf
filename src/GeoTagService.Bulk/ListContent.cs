using System.Globalization;
using GeoTagService.Core;

namespace GeoTagService.Bulk;

/// <summary>What to write of each item.</summary>
/// <param name="Thresholds">Labels are given at each of these, 0 to 1, both excluded; ascending.</param>
/// <param name="AllProbabilities">Whether to write the probability of every tag.</param>
/// <param name="SaysWhatItIs">Whether NDJSON begins with a line that says what it is; the other formats always do.</param>
/// <param name="Scores">Whether to write the probabilities of the tags that are given. The last digits of a probability depend
/// on which items were encoded together, so that they are not in rows unless somebody asks.</param>
public sealed record ListContent(IReadOnlyList<float> Thresholds, bool AllProbabilities, bool SaysWhatItIs = false, bool Scores = false)
{
    /// <summary>All of it, as a text.</summary>
    public string Identity => $"{string.Join(',', Thresholds.Select(Name))}|{AllProbabilities}|{SaysWhatItIs}|{Scores}";

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
