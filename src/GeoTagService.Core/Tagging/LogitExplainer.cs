using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// Splits logits into what each part of the input gave. A linear head's logit is a sum over its inputs, so scoring each
/// part beside zeros splits it exactly. An MLP's is not: there each part is what leaving it out would change.
/// </summary>
internal static class LogitExplainer
{
    /// <summary>Explanations of a head's logits to which a place's prior was added: it is the place's part, and exact.</summary>
    /// <param name="explanations">Of the head's own logits.</param>
    /// <param name="logits">With what the place added.</param>
    public static LogitExplanation[] WithPrior(LogitExplanation[] explanations, float[] logits) =>
        [
            .. explanations.Select(
                (own, tag) => own with { Logit = logits[tag], Location = (own.Location ?? 0) + (logits[tag] - own.Logit) }
            ),
        ];

    /// <summary>Explains every tag's logit of one item.</summary>
    /// <param name="head">The head that scored.</param>
    /// <param name="image">The photo's embedding; empty when the head takes none.</param>
    /// <param name="title">The title's embedding; empty when the head takes none.</param>
    /// <param name="location">The place's two numbers; empty when the head takes none.</param>
    /// <param name="logits">The logits to explain, in head-row order.</param>
    /// <returns>One explanation a tag.</returns>
    public static LogitExplanation[] Explain(
        ITagHead head,
        ReadOnlySpan<float> image,
        ReadOnlySpan<float> title,
        ReadOnlySpan<float> location,
        float[] logits
    )
    {
        var exact = head.Descriptor.Kind == HeadKind.Linear;
        Modalities[] parts = [Modalities.Image, Modalities.Title, Modalities.Location];
        // One row of zeros, and one for each part: the part alone, or everything but the part.
        var rows = parts.Length + 1;
        var images = Rows(image, Modalities.Image);
        var titles = Rows(title, Modalities.Title);
        var locations = Rows(location, Modalities.Location);
        var scores = new float[rows * logits.Length];
        head.Score(rows, images, titles, locations, scores, new float[scores.Length]);

        var explanations = new LogitExplanation[logits.Length];
        for (var tag = 0; tag < logits.Length; tag++)
        {
            var bias = scores[tag];
            explanations[tag] = new LogitExplanation(
                exact ? "exact" : "leave-one-out",
                logits[tag],
                bias,
                Part(0, tag, bias),
                Part(1, tag, bias),
                Part(2, tag, bias)
            );
        }

        return explanations;

        float[] Rows(ReadOnlySpan<float> values, Modalities part)
        {
            var all = new float[rows * values.Length];
            for (var row = 1; row < rows; row++)
            {
                if ((parts[row - 1] == part) == exact)
                {
                    values.CopyTo(all.AsSpan(row * values.Length));
                }
            }

            return all;
        }

        float? Part(int part, int tag, float bias)
        {
            if (!head.Descriptor.Modalities.HasFlag(parts[part]))
            {
                return null;
            }

            var score = scores[((part + 1) * logits.Length) + tag];
            return exact ? score - bias : logits[tag] - score;
        }
    }
}
