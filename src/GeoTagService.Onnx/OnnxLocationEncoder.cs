using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>A location encoder in ONNX Runtime, on the CPU: it is a fraction of a millisecond.</summary>
public sealed class OnnxLocationEncoder : ILocationEncoder
{
    private const string Coordinates = "coordinates";
    private const string Embedding = "embedding";
    private const string Probabilities = "probabilities";
    private const int Columns = 4;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly int _tags;

    private OnnxLocationEncoder(InferenceSession session, int dimension, int tags)
    {
        _session = session;
        Dimension = dimension;
        _tags = tags;
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>Loads a bundle's location encoder and checks its names and shapes.</summary>
    /// <exception cref="BundleException">It cannot be loaded, or is not what the manifest says.</exception>
    public static OnnxLocationEncoder Load(Bundle bundle, BundleLocationEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(encoder);
        var tags = bundle.Manifest.Tags.Count;
        var session = OnnxSessionFactory.OpenHead(bundle, encoder.File);
        try
        {
            GraphContract.RequireInputs(session, encoder.File, [Coordinates]);
            GraphContract.RequireInput(session, encoder.File, Coordinates, TensorElementType.Float, GraphContract.Any, Columns);
            GraphContract.RequireOutput(session, encoder.File, Embedding, TensorElementType.Float, GraphContract.Any, encoder.Dimension);
            GraphContract.RequireOutput(session, encoder.File, Probabilities, TensorElementType.Float, GraphContract.Any, tags);
            return new OnnxLocationEncoder(session, encoder.Dimension, tags);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Encode(int rows, ReadOnlySpan<float> coordinates, Span<float> embeddings, Span<float> probabilities)
    {
        var (places, found, shares) = (coordinates.ToArray(), new float[rows * Dimension], new float[rows * _tags]);
        using var input = OrtValue.CreateTensorValueFromMemory(places, [rows, Columns]);
        using var embedding = OrtValue.CreateTensorValueFromMemory(found, [rows, Dimension]);
        using var probability = OrtValue.CreateTensorValueFromMemory(shares, [rows, _tags]);
        _session.Run(_runOptions, [Coordinates], [input], [Embedding, Probabilities], [embedding, probability]);
        found.CopyTo(embeddings);
        shares.CopyTo(probabilities);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }
}
