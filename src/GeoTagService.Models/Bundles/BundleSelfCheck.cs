using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Core.Titles;

namespace GeoTagService.Models.Bundles;

/// <summary>One comparison of a self-check.</summary>
/// <param name="What">What was compared, for people.</param>
/// <param name="Difference">The difference found.</param>
/// <param name="Tolerance">The largest one that passes.</param>
public sealed record SelfCheckResult(string What, double Difference, double Tolerance)
{
    /// <summary>Whether it is within the tolerance.</summary>
    public bool Passed => Difference <= Tolerance;
}

/// <summary>
/// Checks of a bundle that runs, made by whoever has an engine to run it with: a converted network against the
/// converter's own double-precision reference, and the real model against answers known from its authors.
/// </summary>
public static class BundleSelfCheck
{
    /// <summary>Compares one photo and one title, both synthetic, through both towers with the reference.</summary>
    /// <param name="encoder">The bundle's encoder, running.</param>
    /// <param name="reference">What the weights give that it was converted from.</param>
    /// <returns>A result for each tower, or for the title tower alone where the photo tower is not CLIP's: the length of the difference
    /// vector over the length of the reference's embedding, with
    /// tolerance 1e-4 for fp32, 1e-2 for fp16, 0.1 for int8.</returns>
    public static IReadOnlyList<SelfCheckResult> CompareWithWeights(IClipEncoder encoder, SelfCheckReference reference)
    {
        var tolerance = encoder.Runtime.Precision switch
        {
            "fp32" => 1e-4,
            "fp16" => 1e-2,
            _ => 0.1,
        };
        var title = new float[encoder.Geometry.EmbeddingDimension];
        encoder.EncodeTitles([reference.Title], title);
        var titles = new SelfCheckResult("title tower against its weights", Distance(reference.TitleEmbedding, title), tolerance);
        if (reference.PhotoEmbedding is not { } expected)
        {
            return [titles];
        }

        var photo = new float[encoder.Geometry.EmbeddingDimension];
        encoder.EncodeImages([reference.Crop], photo);
        return [new SelfCheckResult("photo tower against its weights", Distance(expected, photo), tolerance), titles];
    }

    /// <summary>Whether a bundle was made from the published CLIP's title tower and the published title heads, by their
    /// digests, so that <see cref="CompareWithKnownAnswers"/> applies to it.</summary>
    public static bool HasKnownAnswers(Bundle bundle)
    {
        var sources = bundle.Manifest.Provenance;
        return sources.Any(source => KnownAnswers.TitleTowers.Contains(source.Sha256))
            && KnownAnswers.Heads.Keys.All(name =>
                sources.Any(source => PublishedHeads.TryGet(source.Sha256, out var head) && head.Name == name)
            );
    }

    /// <summary>Tags a title whose answers are known from the paper's authors, with the published title heads.</summary>
    /// <param name="encoder">The bundle's encoder, running.</param>
    /// <param name="tokenizer">The bundle's tokeniser.</param>
    /// <param name="heads">The bundle's heads, running.</param>
    /// <returns>One result a head: the largest difference among its 49 probabilities. The tolerance, 0.005 (0.05 for
    /// reduced precisions), is what the five printed digits of the authors' vectors leave open.</returns>
    public static IReadOnlyList<SelfCheckResult> CompareWithKnownAnswers(
        IClipEncoder encoder,
        ClipTokenizer tokenizer,
        IReadOnlyList<ITagHead> heads
    )
    {
        var tolerance = encoder.Runtime.Precision == "fp32" ? 0.005 : 0.05;
        var embedding = new float[encoder.Geometry.EmbeddingDimension];
        encoder.EncodeTitles([tokenizer.Encode(KnownAnswers.Title).Ids], embedding);
        var results = new List<SelfCheckResult>();
        foreach (var head in heads)
        {
            if (!KnownAnswers.Heads.TryGetValue(head.Descriptor.Name, out var expected))
            {
                continue;
            }

            var (logits, probabilities) = (new float[expected.Count], new float[expected.Count]);
            head.Score(1, [], embedding, [], logits, probabilities);
            var difference = expected.Zip(probabilities).Max(pair => Math.Abs(pair.First - pair.Second));
            results.Add(new SelfCheckResult($"'{KnownAnswers.Title}' by {head.Descriptor.Name}", difference, tolerance));
        }

        return results;
    }

    private static double Distance(IReadOnlyList<double> expected, float[] actual)
    {
        double difference = 0,
            length = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            difference += (expected[i] - actual[i]) * (expected[i] - actual[i]);
            length += expected[i] * expected[i];
        }

        // Also when the encoder gave no number at all.
        return double.IsNaN(difference) ? double.PositiveInfinity : Math.Sqrt(difference / length);
    }
}
