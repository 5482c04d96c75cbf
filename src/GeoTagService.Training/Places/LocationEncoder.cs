using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Graphs;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Places;

/// <summary>A place to an embedding and to the tags that are expected there: sinusoids, a hidden layer, which is the embedding, and
/// a last layer.</summary>
public sealed class LocationEncoder
{
    private readonly PlaceSinusoids _sinusoids;
    private readonly TrainingRecipe _recipe;

    internal LocationEncoder(PlaceSinusoids sinusoids, HeadParameters parameters, TrainingRecipe recipe)
    {
        _sinusoids = sinusoids;
        Parameters = parameters;
        _recipe = recipe with { HiddenWidth = parameters.Hidden };
    }

    /// <summary>Shortest period of its waves, kilometres.</summary>
    public double Finest => _sinusoids.Finest;

    /// <summary>Length of the embedding.</summary>
    public int Dimension => Parameters.Hidden;

    internal HeadParameters Parameters { get; }

    /// <summary>Logits of places.</summary>
    /// <param name="coordinates">Rows × 4 (<see cref="Core.Places.GridCoordinates"/>).</param>
    /// <returns>Rows × tags.</returns>
    public float[] Logits(float[] coordinates)
    {
        var data = DataOf(_sinusoids, coordinates, null);
        var logits = new float[data.Rows * Parameters.Tags];
        using var scorer = new HeadScorer(data, _recipe, Parameters);
        scorer.Logits(Enumerable.Range(0, data.Rows).ToArray(), logits);
        return logits;
    }

    /// <summary>The encoder as an ONNX graph.</summary>
    public OnnxGraphBuilder ToGraph() =>
        LocationEncoderGraph.Write(
            _sinusoids.Frequencies,
            _sinusoids.Amplitudes,
            new(Parameters.Values[0], Parameters.Values[1]),
            new(Parameters.Values[2], Parameters.Values[3])
        );

    internal static TrainingData DataOf(PlaceSinusoids sinusoids, float[] coordinates, ulong[]? labels)
    {
        var rows = coordinates.Length / Core.Places.GridCoordinates.Count;
        return new TrainingData(
            labels ?? new ulong[rows],
            null,
            null,
            new SingleFeatureMatrix(sinusoids.Of(coordinates), sinusoids.Columns)
        );
    }

    internal static TrainingRecipe RecipeOf(LocationEncoderRecipe recipe, HeadKind kind, int seed, int rows = 1) =>
        new()
        {
            Modalities = Modalities.Location,
            Kind = kind,
            LearningRate = recipe.LearningRate,
            WeightDecay = recipe.WeightDecay,
            BatchSize = recipe.BatchSize,
            // The cosine's half period is a quarter of the epochs: it reaches zero with the last that is run.
            Epochs = 4 * recipe.EpochsFor(rows),
            HiddenWidth = recipe.Width,
            Dropout = recipe.Dropout,
            Seed = seed,
        };
}
