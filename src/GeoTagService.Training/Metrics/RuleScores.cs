using GeoTagService.Core.Tags;
using GeoTagService.Training.Engine;

namespace GeoTagService.Training.Metrics;

/// <summary>The same photos by both rules.</summary>
/// <param name="Threshold">Every tag above its threshold.</param>
/// <param name="Fallback">The same, and the most probable tag where none is above.</param>
public sealed record RuleScores(MultiLabelScores Threshold, MultiLabelScores Fallback)
{
    /// <summary>The scores by one of the rules.</summary>
    public MultiLabelScores By(DecisionRule rule) => rule == DecisionRule.Fallback ? Fallback : Threshold;

    /// <summary>Decides photos by both rules and scores both.</summary>
    /// <param name="scores">Logits or probabilities, photos × tags.</param>
    /// <param name="labels">One bit per tag and photo.</param>
    /// <param name="tags">Number of tags, at most 64.</param>
    /// <param name="cuts">What must be exceeded, in the scores' scale: one for all tags or one per tag.</param>
    public static RuleScores Of(ReadOnlySpan<float> scores, ReadOnlySpan<ulong> labels, int tags, ReadOnlySpan<float> cuts)
    {
        var (above, decided) = (new ulong[labels.Length], new ulong[labels.Length]);
        for (var i = 0; i < labels.Length; i++)
        {
            var photo = scores.Slice(i * tags, tags);
            above[i] = LabelSet.Above(photo, cuts);
            decided[i] = LabelSet.OrHighest(above[i], photo);
        }

        return new RuleScores(MultiLabelScores.Of(above, labels, tags), MultiLabelScores.Of(decided, labels, tags));
    }
}
