using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Metrics;

namespace GeoTagService.Training.Engine;

/// <summary>One epoch of a run, as the log has it.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="LearningRate">Rate used.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's batches.</param>
/// <param name="ExactMatch">Subset accuracy on the validation rows after the epoch by thresholds alone, 0..1.</param>
/// <param name="MacroF1">Macro F1 on the same rows by thresholds alone, 0..1.</param>
/// <param name="ExactMatchWithFallback">Subset accuracy with the most probable tag where none is above its threshold, 0..1.</param>
/// <param name="MacroF1WithFallback">Macro F1 by that rule, 0..1.</param>
/// <param name="IsBest">Whether it is the best exact match so far, by the recipe's rule.</param>
/// <param name="Duration">Wall time of the epoch, validation included.</param>
public sealed record EpochReport(
    int Epoch,
    double LearningRate,
    double TrainingLoss,
    double ExactMatch,
    double MacroF1,
    double ExactMatchWithFallback,
    double MacroF1WithFallback,
    bool IsBest,
    TimeSpan Duration
)
{
    /// <summary>Exact match by one of the rules.</summary>
    public double ExactMatchBy(DecisionRule rule) => rule == DecisionRule.Fallback ? ExactMatchWithFallback : ExactMatch;

    /// <summary>The same epoch with other scores.</summary>
    internal EpochReport With(RuleScores scores) =>
        this with
        {
            ExactMatch = scores.Threshold.ExactMatch,
            MacroF1 = scores.Threshold.MacroF1,
            ExactMatchWithFallback = scores.Fallback.ExactMatch,
            MacroF1WithFallback = scores.Fallback.MacroF1,
        };
}

/// <summary>What a run made.</summary>
/// <param name="Parameters">The head of the best epoch.</param>
/// <param name="Best">That epoch.</param>
/// <param name="Epochs">Every epoch.</param>
public sealed record TrainingResult(HeadParameters Parameters, EpochReport Best, IReadOnlyList<EpochReport> Epochs)
{
    /// <summary>What places add to its logits; null for a head without a place prior.</summary>
    public BundlePlacePrior? PlacePrior { get; init; }

    /// <summary>The head as it is published, on the validation rows: with its temperatures, its place prior and its thresholds.</summary>
    public RuleScores? Published { get; init; }
}
