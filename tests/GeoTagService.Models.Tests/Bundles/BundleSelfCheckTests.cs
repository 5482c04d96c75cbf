using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Core.Titles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Tests.Graphs;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Bundles;

public sealed class BundleSelfCheckTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-check-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(ClipPrecision.Fp32)]
    [InlineData(ClipPrecision.Fp16)]
    [InlineData(ClipPrecision.Int8)]
    public void FreshBundle_AgreesWithItsWeights(ClipPrecision precision)
    {
        var model = new TinyModel(_directory);
        var bundle = BundleBuilder.Build(model.Recipe with { Precisions = [precision] });
        using var weights = ClipWeights.Open(model.WeightsPath);
        using var encoder = new SessionEncoder(bundle);

        var results = BundleSelfCheck.CompareWithWeights(encoder, SelfCheckReference.Compute(weights, bundle.Manifest));

        Assert.Equal(2, results.Count);
        Assert.All(results, result => Assert.True(result.Passed, result.ToString()));
    }

    [Fact]
    public void BundleOfOtherWeights_DoesNotPass()
    {
        var bundle = BundleBuilder.Build(new TinyModel(_directory).Recipe);
        using var weights = new RandomClipWeights(TinyModel.Geometry, seed: 1);
        using var encoder = new SessionEncoder(bundle);
        Assert.All(
            BundleSelfCheck.CompareWithWeights(encoder, SelfCheckReference.Compute(weights, bundle.Manifest)),
            result => Assert.False(result.Passed)
        );
    }

    [Fact]
    public void UntrainedBundle_HasNoKnownAnswers() =>
        Assert.False(BundleSelfCheck.HasKnownAnswers(BundleBuilder.Build(new TinyModel(_directory).Recipe)));

    [Fact]
    public void PublishedHeadsOnOtherWeights_HaveNoKnownAnswers()
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        var bundle = BundleBuilder.Build(
            new BundleRecipe
            {
                Clip = new ClipWeightsFile(ReferenceData.PathOf("golden", "small", "model.safetensors")),
                VocabularyPath = ReferenceData.PathOf("bpe_simple_vocab_16e6.txt.gz"),
                HeadsDirectory = ReferenceData.PathOf("heads"),
                OutputDirectory = Path.Combine(_directory, "bundle"),
            }
        );
        Assert.False(BundleSelfCheck.HasKnownAnswers(bundle));
    }

    [Fact]
    public void AuthorsEmbedding_GivesTheKnownAnswers()
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        using var printed = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("heathrow_6602.json")));
        float[] embedding = [.. printed.RootElement.GetProperty("text_embed_printed").EnumerateArray().Select(value => value.GetSingle())];
        using var vocabulary = File.OpenRead(ReferenceData.PathOf("bpe_simple_vocab_16e6.txt.gz"));
        var tokenizer = ClipTokenizer.Load(vocabulary, 49408, 77);
        var heads = new[] { "linear-txt", "mlp-txt" }
            .Select(name => new SessionHead(HeadWeights.Read(ReferenceData.PathOf("heads", name + ".pth")), 512))
            .ToList();

        var right = BundleSelfCheck.CompareWithKnownAnswers(new FixedEncoder(embedding), tokenizer, heads);
        var shrunk = BundleSelfCheck.CompareWithKnownAnswers(new FixedEncoder(WeightLayout.Scale(embedding, 0.1f)), tokenizer, heads);

        Assert.Equal(2, right.Count);
        Assert.All(right, result => Assert.InRange(result.Difference, 0, 1e-5));
        Assert.All(shrunk, result => Assert.False(result.Passed));
        heads.ForEach(head => head.Dispose());
    }

    /// <summary>Gives the same title embedding whatever it is asked.</summary>
    private sealed class FixedEncoder(float[] embedding) : IClipEncoder
    {
        public ClipGeometry Geometry { get; } = new(224, 77, 49408, embedding.Length);

        public EncoderRuntime Runtime { get; } = new("none", "cpu", "fp32", 1);

        public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings) => throw new NotSupportedException();

        public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings) => embedding.CopyTo(embeddings);
    }

    /// <summary>A bundle's towers, straight in ONNX Runtime.</summary>
    private sealed class SessionEncoder : IClipEncoder, IDisposable
    {
        private readonly ClipSession _vision;
        private readonly ClipSession _text;
        private readonly BundlePreprocessing _preprocessing;

        public SessionEncoder(Bundle bundle)
        {
            var geometry = bundle.Manifest.Geometry;
            Geometry = new ClipGeometry(
                geometry.Vision.ImageSize,
                geometry.Text.ContextLength,
                geometry.Text.VocabularySize,
                geometry.EmbeddingDimension
            );
            _vision = Open(EncoderTower.Vision);
            _text = Open(EncoderTower.Text);
            _preprocessing = bundle.Manifest.Preprocessing;
            Runtime = new EncoderRuntime("ONNX Runtime", "cpu", bundle.Manifest.Encoders[0].Precision, 1);

            ClipSession Open(EncoderTower tower) =>
                new(bundle.GetPhysicalPath(bundle.Manifest.Encoders.First(encoder => encoder.Tower == tower).File)!);
        }

        public ClipGeometry Geometry { get; }

        public EncoderRuntime Runtime { get; }

        public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings)
        {
            var crop = crops[0].Span;
            var pixels = new float[crop.Length];
            for (var i = 0; i < crop.Length; i++)
            {
                var channel = i % 3;
                pixels[(channel * crop.Length / 3) + (i / 3)] =
                    ((crop[i] / 255f) - _preprocessing.Mean[channel]) / _preprocessing.Std[channel];
            }

            _vision.EncodeImages(pixels, 1, Geometry.ImageSize).CopyTo(embeddings);
        }

        public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings) =>
            _text.EncodeTitles(tokens[0].ToArray()).CopyTo(embeddings);

        public void Dispose()
        {
            _vision.Dispose();
            _text.Dispose();
        }
    }

    /// <summary>A title head, straight in ONNX Runtime.</summary>
    private sealed class SessionHead(HeadWeights weights, int dimension) : ITagHead, IDisposable
    {
        private readonly InferenceSession _session = new(HeadGraphWriter.Write(weights, dimension).ToBytes());

        public HeadDescriptor Descriptor { get; } =
            new(weights.Name, weights.Modalities, weights.Kind, weights.MixUp, new HeadMetrics(null, null, null), [0.5f]);

        public void Score(
            int rows,
            ReadOnlySpan<float> imageEmbeddings,
            ReadOnlySpan<float> titleEmbeddings,
            ReadOnlySpan<float> locations,
            Span<float> logits,
            Span<float> probabilities
        )
        {
            using var title = OrtValue.CreateTensorValueFromMemory(titleEmbeddings.ToArray(), [rows, dimension]);
            using var options = new RunOptions();
            using var results = _session.Run(options, ["text_embeds"], [title], ["logits", "probabilities"]);
            results[0].GetTensorDataAsSpan<float>().CopyTo(logits);
            results[1].GetTensorDataAsSpan<float>().CopyTo(probabilities);
        }

        public void Dispose() => _session.Dispose();
    }
}
