using System.Numerics.Tensors;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;

namespace GeoTagService.Training.Places;

/// <summary>A trained location encoder as a bundle would have it, without its embedding.</summary>
internal sealed class TrainedPlaces(LocationEncoder encoder) : ILocationEncoder
{
    public int Dimension => encoder.Dimension;

    /// <summary>What it says of tags at places.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="photos">What it learnt from.</param>
    /// <param name="rows">Which of them.</param>
    public static PlacePrior PriorOf(LocationEncoder encoder, PlacedLabels photos, int[] rows)
    {
        var shares = new float[TagCatalog.Count];
        for (var tag = 0; tag < shares.Length; tag++)
        {
            shares[tag] = (float)rows.Average(row => (double)(photos.Labels[row] >> tag & 1));
        }

        return new PlacePrior(
            new TrainedPlaces(encoder),
            shares,
            rows.Length,
            rows.Select(row => GridReference.FromPosition(photos.Positions[row], SquareCounts.Edge)).OfType<GridReference>().Distinct()
        );
    }

    public void Encode(int rows, ReadOnlySpan<float> coordinates, Span<float> embeddings, Span<float> probabilities)
    {
        embeddings.Clear();
        TensorPrimitives.Sigmoid(encoder.Logits(coordinates.ToArray()), probabilities);
    }

    public void Dispose() { }
}
