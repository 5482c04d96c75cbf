using System.Numerics.Tensors;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Cli.Verification;

/// <summary>How far a precision's answers are from those of fp32, by one head.</summary>
/// <param name="Precision">The precision: <c>fp16</c>, <c>int8</c>.</param>
/// <param name="Head">The head that scored both.</param>
/// <param name="Items">Photos, titles or pairs compared.</param>
/// <param name="MeanDifference">Mean of |p − p of fp32| over all items and tags.</param>
/// <param name="MaxDifference">The largest of them.</param>
/// <param name="EqualLabelSets">Share of items whose chosen tags are the same, 0 to 1.</param>
/// <param name="Speed">Time of the same items through fp32 ÷ through this precision, decoding and waiting included.</param>
/// <param name="EmbeddingDifference">The largest distance of an embedding from that of fp32, as a share of its length.</param>
internal sealed record PrecisionAgreement(
    string Precision,
    string Head,
    int Items,
    double MeanDifference,
    double MaxDifference,
    double EqualLabelSets,
    double Speed,
    double EmbeddingDifference
)
{
    /// <summary>The largest distance between embeddings of the same items, as a share of the exact one's length.</summary>
    public static double Distance(IReadOnlyList<ItemEmbeddings> exact, IReadOnlyList<ItemEmbeddings> reduced) =>
        exact.Zip(reduced, (ours, theirs) => Math.Max(Distance(ours.Image, theirs.Image), Distance(ours.Title, theirs.Title))).Max();

    /// <summary>Compares answers to the same items, in the same order.</summary>
    public static PrecisionAgreement Of(
        string precision,
        IReadOnlyList<TagResult> exact,
        IReadOnlyList<TagResult> reduced,
        double speed,
        double distance
    )
    {
        double sum = 0,
            largest = 0;
        var (equal, count) = (0, 0);
        for (var i = 0; i < exact.Count; i++)
        {
            for (var tag = 0; tag < exact[i].Probabilities.Length; tag++)
            {
                var difference = Math.Abs((double)exact[i].Probabilities[tag] - reduced[i].Probabilities[tag]);
                sum += difference;
                largest = Math.Max(largest, difference);
                count++;
            }

            equal += Chosen(exact[i]).SetEquals(Chosen(reduced[i])) ? 1 : 0;
        }

        return new PrecisionAgreement(
            precision,
            exact[0].Head.Name,
            exact.Count,
            sum / count,
            largest,
            (double)equal / exact.Count,
            speed,
            distance
        );
    }

    private static double Distance(float[]? exact, float[]? reduced) =>
        exact is null || reduced is null ? 0 : TensorPrimitives.Distance<float>(exact, reduced) / TensorPrimitives.Norm<float>(exact);

    private static HashSet<string> Chosen(TagResult result) => [.. result.Tags.Select(chosen => chosen.Tag.Id)];
}
