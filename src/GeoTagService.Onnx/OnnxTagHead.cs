using System.Collections.Concurrent;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>One head in ONNX Runtime. Safe to call from many threads: each call takes buffers of its own.</summary>
public sealed class OnnxTagHead : ITagHead, IDisposable
{
    private const string Image = "image_embeds";
    private const string Title = "text_embeds";
    private const string Location = "location";
    private const string Logits = "logits";
    private const string Probabilities = "probabilities";
    private const int LocationWidth = 2;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ConcurrentBag<Buffers> _idle = [];
    private readonly string[] _inputNames;
    private readonly string[] _outputNames = [Logits, Probabilities];
    private readonly int _dimension;
    private readonly int _tags;

    private OnnxTagHead(HeadDescriptor descriptor, InferenceSession session, int dimension, int tags)
    {
        Descriptor = descriptor;
        _session = session;
        _dimension = dimension;
        _tags = tags;
        _inputNames = InputNames(descriptor.Modalities);
    }

    /// <inheritdoc/>
    public HeadDescriptor Descriptor { get; }

    /// <summary>Loads a head and checks its names and shapes.</summary>
    internal static OnnxTagHead Load(Bundle bundle, BundleHead head)
    {
        var dimension = bundle.Manifest.Geometry.EmbeddingDimension;
        var tags = bundle.Manifest.Tags.Count;
        var session = OnnxSessionFactory.OpenHead(bundle, head.File);
        try
        {
            GraphContract.RequireInputs(session, head.File, InputNames(head.Modalities));
            foreach (var input in InputNames(head.Modalities))
            {
                var width = input == Location ? LocationWidth : dimension;
                GraphContract.RequireInput(session, head.File, input, TensorElementType.Float, GraphContract.Any, width);
            }

            GraphContract.RequireOutput(session, head.File, Logits, TensorElementType.Float, GraphContract.Any, tags);
            GraphContract.RequireOutput(session, head.File, Probabilities, TensorElementType.Float, GraphContract.Any, tags);
            var descriptor = new HeadDescriptor(head.Name, head.Modalities, head.Kind, head.MixUp, head.Metrics, head.Thresholds)
            {
                PlaceWeights = head.PlacePrior?.Weights,
            };
            return new OnnxTagHead(descriptor, session, dimension, tags);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Score(
        int rows,
        ReadOnlySpan<float> imageEmbeddings,
        ReadOnlySpan<float> titleEmbeddings,
        ReadOnlySpan<float> locations,
        Span<float> logits,
        Span<float> probabilities
    )
    {
        if (!_idle.TryTake(out var buffers))
        {
            buffers = new Buffers();
        }

        var inputs = new OrtValue[_inputNames.Length];
        var outputs = new OrtValue[2];
        var used = 0;
        try
        {
            Bind(Modalities.Image, imageEmbeddings, buffers.Image, _dimension);
            Bind(Modalities.Title, titleEmbeddings, buffers.Title, _dimension);
            Bind(Modalities.Location, locations, buffers.Location, LocationWidth);
            var count = rows * _tags;
            var logitsTaken = buffers.Logits.Take(count);
            var probabilitiesTaken = buffers.Probabilities.Take(count);
            outputs[0] = buffers.Logits.AsTensor(rows, _tags);
            outputs[1] = buffers.Probabilities.AsTensor(rows, _tags);
            _session.Run(_runOptions, _inputNames, inputs, _outputNames, outputs);
            logitsTaken.CopyTo(logits);
            probabilitiesTaken.CopyTo(probabilities);
            _idle.Add(buffers);
        }
        finally
        {
            foreach (var value in inputs.Concat(outputs))
            {
                value?.Dispose();
            }
        }

        void Bind(Modalities part, ReadOnlySpan<float> values, PinnedBuffer<float> buffer, int width)
        {
            if (Descriptor.Modalities.HasFlag(part))
            {
                ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, rows * width);
                values.CopyTo(buffer.Take(rows * width));
                inputs[used++] = buffer.AsTensor(rows, width);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    private static string[] InputNames(Modalities modalities)
    {
        var names = new List<string>(3);
        if (modalities.HasFlag(Modalities.Image))
        {
            names.Add(Image);
        }

        if (modalities.HasFlag(Modalities.Title))
        {
            names.Add(Title);
        }

        if (modalities.HasFlag(Modalities.Location))
        {
            names.Add(Location);
        }

        return [.. names];
    }

    private sealed class Buffers
    {
        public PinnedBuffer<float> Image { get; } = new(TensorElementType.Float);

        public PinnedBuffer<float> Title { get; } = new(TensorElementType.Float);

        public PinnedBuffer<float> Location { get; } = new(TensorElementType.Float);

        public PinnedBuffer<float> Logits { get; } = new(TensorElementType.Float);

        public PinnedBuffer<float> Probabilities { get; } = new(TensorElementType.Float);
    }
}
