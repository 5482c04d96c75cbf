using System.Numerics.Tensors;

namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>How much one modality tells of the labels.</summary>
/// <param name="Visibility">Mean share of a tag's photos whose embedding shows it at all.</param>
/// <param name="Spurious">Share of photos without a tag that look as if they had it.</param>
/// <param name="Strength">Mean strength of a shown tag against noise of deviation 1.</param>
/// <param name="Norm">Typical Euclidean norm of the embeddings.</param>
internal sealed record EvidenceNoise(double Visibility, double Spurious, double Strength, double Norm);

/// <summary>
/// A fixed nonlinear generator of embeddings for one modality: evidence for each tag and some nuisance go through a
/// random layer of tanh and a random projection. A linear head can undo most of it, as it can with CLIP's embeddings.
/// </summary>
internal sealed class EmbeddingWorld
{
    private const int Nuisance = 24;
    private const int Hidden = 128;
    private const float OutputNoise = 0.3f;

    private readonly int _tags;
    private readonly int _dimension;
    private readonly float _scale;
    private readonly float[] _visibility;
    private readonly float[] _spurious;
    private readonly float[] _strength;
    private readonly float[] _first;
    private readonly float[] _bias;
    private readonly float[] _second;
    private readonly float[] _mean;

    public EmbeddingWorld(int seed, int tags, int dimension, EvidenceNoise noise)
    {
        _tags = tags;
        _dimension = dimension;
        var random = new RowRandom(seed, int.MaxValue);
        _visibility = Draw(tags, ref random, n => (float)Math.Clamp(noise.Visibility + (0.12 * n), 0.05, 0.99));
        _strength = Draw(tags, ref random, n => (float)(noise.Strength * Math.Exp(0.25 * n)));
        _spurious = Draw(tags, ref random, n => (float)(noise.Spurious * Math.Exp(0.5 * n)));
        var inputs = tags + Nuisance;
        _first = Draw(Hidden * inputs, ref random, n => n * (0.35f / MathF.Sqrt(inputs)));
        _bias = Draw(Hidden, ref random, n => n * 0.3f);
        _second = Draw(dimension * Hidden, ref random, n => n / MathF.Sqrt(Hidden) * 2.5f);
        _mean = Draw(dimension, ref random, n => n * 0.6f);
        _scale = (float)(noise.Norm / Math.Sqrt(dimension));
    }

    /// <summary>Writes one photo's embedding.</summary>
    /// <param name="labels">Its tags.</param>
    /// <param name="random">Its random numbers.</param>
    /// <param name="embedding">Receives it.</param>
    public void Embed(ulong labels, ref RowRandom random, Span<float> embedding)
    {
        Span<float> latent = stackalloc float[_tags + Nuisance];
        for (var tag = 0; tag < _tags; tag++)
        {
            var shown = (labels >> tag & 1) != 0 ? _visibility[tag] : _spurious[tag];
            latent[tag] = (random.NextDouble() < shown ? _strength[tag] : 0) + random.NextNormal();
        }

        for (var i = _tags; i < latent.Length; i++)
        {
            latent[i] = random.NextNormal();
        }

        Span<float> hidden = stackalloc float[Hidden];
        for (var i = 0; i < Hidden; i++)
        {
            hidden[i] = TensorPrimitives.Dot(_first.AsSpan(i * latent.Length, latent.Length), latent);
        }

        TensorPrimitives.Add(hidden, _bias, hidden);
        TensorPrimitives.Tanh(hidden, hidden);
        for (var i = 0; i < _dimension; i++)
        {
            var value = TensorPrimitives.Dot(_second.AsSpan(i * Hidden, Hidden), hidden);
            embedding[i] = _scale * (value + _mean[i] + (OutputNoise * random.NextNormal()));
        }
    }

    private static float[] Draw(int count, ref RowRandom random, Func<float, float> shape)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = shape(random.NextNormal());
        }

        return values;
    }
}
