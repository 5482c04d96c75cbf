using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Places;

/// <summary>How well probabilities of tags by place fit photos.</summary>
/// <param name="LogLoss">Mean over photos and tags, nats.</param>
/// <param name="AveragePrecision">Mean over the tags that any photo carries.</param>
/// <param name="CalibrationError">Expected calibration error over all decisions, 15 bins of equal width.</param>
public sealed record PlaceScores(double LogLoss, double AveragePrecision, double CalibrationError)
{
    private const int Bins = 15;
    private const double Least = 1e-7;

    /// <summary>Measures.</summary>
    /// <param name="probabilities">Rows × tags.</param>
    /// <param name="labels">One bit per tag and row.</param>
    internal static PlaceScores Of(float[] probabilities, ulong[] labels)
    {
        var loss = 0.0;
        var (count, sum, right) = (new double[Bins], new double[Bins], new double[Bins]);
        for (var i = 0; i < probabilities.Length; i++)
        {
            var carried = (labels[i / TagCatalog.Count] >> (i % TagCatalog.Count) & 1) != 0;
            var probability = Math.Clamp(probabilities[i], Least, 1 - Least);
            loss -= Math.Log(carried ? probability : 1 - probability);
            var bin = Math.Min(Bins - 1, (int)(probability * Bins));
            count[bin]++;
            sum[bin] += probability;
            right[bin] += carried ? 1 : 0;
        }

        var precisions = new double?[TagCatalog.Count];
        Parallel.For(
            0,
            TagCatalog.Count,
            tag =>
            {
                var hits = Array.ConvertAll(labels, set => (set >> tag & 1) != 0);
                if (hits.Contains(true))
                {
                    var scores = new float[labels.Length];
                    for (var row = 0; row < scores.Length; row++)
                    {
                        scores[row] = -probabilities[(row * TagCatalog.Count) + tag];
                    }

                    precisions[tag] = Evaluation.AveragePrecision.Of(scores, hits);
                }
            }
        );
        return new PlaceScores(
            loss / probabilities.Length,
            precisions.Average() ?? 0,
            Enumerable.Range(0, Bins).Sum(bin => Math.Abs(sum[bin] - right[bin])) / probabilities.Length
        );
    }

    /// <summary>Mean log loss alone, from logits.</summary>
    internal static double LogLossOf(float[] logits, ulong[] labels)
    {
        var loss = 0.0;
        for (var i = 0; i < logits.Length; i++)
        {
            var carried = (labels[i / TagCatalog.Count] >> (i % TagCatalog.Count) & 1) != 0;
            var z = carried ? -logits[i] : logits[i];
            loss += Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
        }

        return loss / logits.Length;
    }
}
