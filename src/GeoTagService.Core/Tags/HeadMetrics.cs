using System.Text.Json.Serialization;

namespace GeoTagService.Core.Tags;

/// <summary>By which rule probabilities became label sets where a figure was taken.</summary>
public enum DecisionRule
{
    /// <summary>Every tag above its threshold, none where none is: as the paper's authors validate.</summary>
    Threshold,

    /// <summary>The same, and where no tag is above, the single most probable: as their submissions and the service do.</summary>
    Fallback,
}

/// <summary>Measured quality of a head; null where not measured.</summary>
/// <param name="ExactMatch">Subset accuracy on <see cref="Split"/> by <see cref="Rule"/>, 0..1.</param>
/// <param name="MacroF1">Macro F1 on the same photos by the same rule, 0..1.</param>
/// <param name="KaggleScore">Public score of the Kaggle competition (exact match with the fallback), 0..1.</param>
public sealed record HeadMetrics(double? ExactMatch, double? MacroF1, double? KaggleScore)
{
    /// <summary>Subset accuracy on the same photos with the fallback, 0..1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ExactMatchWithFallback { get; init; }

    /// <summary>Macro F1 on the same photos with the fallback, 0..1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MacroF1WithFallback { get; init; }

    /// <summary>The rule of <see cref="ExactMatch"/> and <see cref="MacroF1"/>; null where it is not stated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DecisionRule? Rule { get; init; }

    /// <summary>The photos of all but the Kaggle score, in words that are the same for the same photos; null where not
    /// stated.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Split { get; init; }

    /// <summary>The same head on other photos, e.g. those that a head trained here was held against; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<HeadFigures>? Further { get; init; }

    /// <summary>Exact match and macro F1 by a rule, or where none is stated; null where not measured so.</summary>
    public (double? ExactMatch, double? MacroF1) By(DecisionRule? rule) =>
        Rule == rule ? (ExactMatch, MacroF1)
        : rule == DecisionRule.Fallback ? (ExactMatchWithFallback, MacroF1WithFallback)
        : (null, null);
}

/// <summary>Figures of a head on some photos.</summary>
/// <param name="Split">The photos, in words that are the same for the same photos.</param>
/// <param name="ExactMatch">Subset accuracy by thresholds alone, 0..1.</param>
/// <param name="MacroF1">Macro F1 by thresholds alone, 0..1.</param>
/// <param name="ExactMatchWithFallback">Subset accuracy with the most probable tag where none is above its threshold, 0..1.</param>
/// <param name="MacroF1WithFallback">Macro F1 by that rule, 0..1.</param>
public sealed record HeadFigures(
    string Split,
    double ExactMatch,
    double MacroF1,
    double ExactMatchWithFallback,
    double MacroF1WithFallback
);
