using System.Numerics.Tensors;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>
/// A semi-synthetic benchmark: label sets drawn from a model of the competition's, embeddings from a fixed nonlinear
/// generator. Its noise is set so that linear heads land near the paper's exact match (image 0.22, title 0.28, both
/// 0.33). Good for comparing methods; its numbers say nothing about real photos.
/// </summary>
public static class SemiSyntheticSet
{
    /// <summary>Length of its embeddings, as CLIP ViT-B/32's.</summary>
    public const int Dimension = 512;

    // The generator is the same for every seed: two samples differ in their photos, not in what an embedding means.
    private const int WorldSeed = 20_260_101;
    private const int RowsPerTask = 512;

    /// <summary>How far taggers agree with what there is to see.</summary>
    internal static TaggerNoise Taggers { get; } = new(Noticed: 0.71, Overlooked: 0.004);

    internal static EvidenceNoise ImageNoise { get; } = new(Visibility: 0.8, Spurious: 0.004, Strength: 3.6, Norm: 11.1);

    internal static EvidenceNoise TitleNoise { get; } = new(Visibility: 0.85, Spurious: 0.002, Strength: 4.5, Norm: 9.5);

    /// <summary>Makes a set. The same arguments give the same set, and a shorter one is the beginning of a longer one.</summary>
    /// <param name="rows">Number of photos, at least 1.</param>
    /// <param name="seed">Which sample.</param>
    public static TrainingData Create(int rows, int seed = 1) => Create(rows, seed, Taggers, ImageNoise, TitleNoise);

    internal static TrainingData Create(int rows, int seed, TaggerNoise taggers, EvidenceNoise imageNoise, EvidenceNoise titleNoise)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        var sets = LabelSetModel.Load();
        var images = new EmbeddingWorld(WorldSeed, sets.Tags, Dimension, imageNoise);
        var titles = new EmbeddingWorld(WorldSeed + 1, sets.Tags, Dimension, titleNoise);
        var places = new PlaceWorld(WorldSeed, sets.Components);
        var labels = new ulong[rows];
        var image = new Half[(long)rows * Dimension];
        var title = new Half[(long)rows * Dimension];
        var location = new float[rows * LocationFeatures.Count];

        Parallel.For(
            0,
            (rows + RowsPerTask - 1) / RowsPerTask,
            task =>
            {
                var embedding = new float[Dimension];
                for (var row = task * RowsPerTask; row < Math.Min(rows, (task + 1) * RowsPerTask); row++)
                {
                    var random = new RowRandom(seed, row);
                    (labels[row], var component) = sets.Draw(ref random);
                    var apparent = taggers.Apparent(labels[row], sets.Tags, ref random);
                    images.Embed(apparent, ref random, embedding);
                    TensorPrimitives.ConvertToHalf(embedding, image.AsSpan(row * Dimension, Dimension));
                    titles.Embed(apparent, ref random, embedding);
                    TensorPrimitives.ConvertToHalf(embedding, title.AsSpan(row * Dimension, Dimension));
                    (location[2 * row], location[(2 * row) + 1]) = LocationFeatures.Encode(places.Draw(component, ref random));
                }
            }
        );
        return new TrainingData(
            labels,
            new HalfFeatureMatrix(image, Dimension),
            new HalfFeatureMatrix(title, Dimension),
            new SingleFeatureMatrix(location, LocationFeatures.Count)
        );
    }

    /// <summary>Embeddings and places of photos whose labels are given.</summary>
    internal static TrainingData Embed(
        ulong[] labels,
        Func<int, RowRandom> randomOf,
        Func<int, GeoPosition?> placeOf,
        IReadOnlyList<GeoPosition?> positions
    )
    {
        var tags = LabelSetModel.Load().Tags;
        var images = new EmbeddingWorld(WorldSeed, tags, Dimension, ImageNoise);
        var titles = new EmbeddingWorld(WorldSeed + 1, tags, Dimension, TitleNoise);
        var image = new Half[(long)labels.Length * Dimension];
        var title = new Half[(long)labels.Length * Dimension];
        var location = new float[labels.Length * LocationFeatures.Count];
        Parallel.For(
            0,
            (labels.Length + RowsPerTask - 1) / RowsPerTask,
            task =>
            {
                var embedding = new float[Dimension];
                for (var row = task * RowsPerTask; row < Math.Min(labels.Length, (task + 1) * RowsPerTask); row++)
                {
                    var random = randomOf(row);
                    var apparent = Taggers.Apparent(labels[row], tags, ref random);
                    images.Embed(apparent, ref random, embedding);
                    TensorPrimitives.ConvertToHalf(embedding, image.AsSpan(row * Dimension, Dimension));
                    titles.Embed(apparent, ref random, embedding);
                    TensorPrimitives.ConvertToHalf(embedding, title.AsSpan(row * Dimension, Dimension));
                    (location[2 * row], location[(2 * row) + 1]) = LocationFeatures.Encode(placeOf(row));
                }
            }
        );
        return new TrainingData(
            labels,
            new HalfFeatureMatrix(image, Dimension),
            new HalfFeatureMatrix(title, Dimension),
            new SingleFeatureMatrix(location, LocationFeatures.Count)
        )
        {
            Positions = positions,
        };
    }
}
