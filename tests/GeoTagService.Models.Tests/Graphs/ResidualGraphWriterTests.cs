using System.Text;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Exchange;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Tests.Bundles;
using GeoTagService.Models.Weights;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>A residual network beside CLIP's photo tower: what it computes, which of the two answers, and what is refused.</summary>
public sealed class ResidualGraphWriterTests : IDisposable
{
    private const int Size = 224,
        Pixels = 3 * Size * Size;
    private const int Convolutions = 6;
    private const float Network = -1000,
        Clip = 1000;

    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-residual-").FullName;
    private readonly RandomClipWeights _clip = new(TinyModel.Geometry, seed: 3);

    private string File => Path.Combine(_directory, "network.safetensors");

    public void Dispose()
    {
        _clip.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void NetworkAnswers_WhereTheGateIsShut()
    {
        var network = new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, Network);
        var photo = Photo(1);

        var embedding = Run(network, photo, 1);

        AssertClose(network.Embed(photo), embedding, 1e-4);
    }

    /// <summary>The weights beside it are kept as halves, hence the tolerance.</summary>
    [Fact]
    public void ClipAnswers_WhereTheGateIsOpen()
    {
        var photo = Photo(1);
        using var alone = new ClipSession(ClipGraphWriter.Vision(_clip, new ClipGraphOptions()));
        var expected = alone.EncodeImages(photo, 1, Size);

        var embedding = Run(new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, Clip), photo, 1);

        AssertClose([.. expected.Select(value => (double)value)], embedding, 0.01);
        Assert.NotEqual(expected, embedding);
    }

    [Fact]
    public void Answer_DoesNotDependOnCompany()
    {
        var network = new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0);
        var alone = Run(network, Photo(1), 1);

        var together = Run(network, [.. Photo(2), .. Photo(1), .. Photo(3)], 3);

        var dimension = TinyModel.Geometry.EmbeddingDimension;
        AssertClose([.. alone.Select(value => (double)value)], together.AsSpan(dimension, dimension), 1e-5);
    }

    /// <summary>Of the towers' convolutions only CLIP's patches are a product of floats.</summary>
    [Fact]
    public void Engine_ComputesEveryConvolutionInBytes()
    {
        new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0).Write(File);
        using var network = ResidualNetwork.Open(File, TinyModel.Geometry);
        var optimized = Path.Combine(_directory, "optimized.onnx");
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            OptimizedModelFilePath = optimized,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        new InferenceSession(ResidualGraphWriter.Write(network, _clip).ToBytes(), options).Dispose();

        var nodes = Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(optimized));
        Assert.Equal(Convolutions, Count("QLinearConv"));
        Assert.Equal(network.Blocks, Count("QLinearAdd"));

        // The operator's name as a string of its own, with its length before it, not as part of a node's name.
        int Count(string operation) => nodes.Split($"\"{(char)operation.Length}{operation}").Length - 1;
    }

    [Fact]
    public void Quantize_KeepsEveryNumberToHalfAStepOfItsChannel()
    {
        float[] weight = [0.5f, -0.031f, 0.2f, -4f, 1.01f, 0.007f, 0, 0, 0];

        var (levels, scales) = EightBitConvolutions.QuantizeWeight(weight, 3);

        Assert.All(levels, level => Assert.InRange(level, -63, 63));
        Assert.All(
            Enumerable.Range(0, weight.Length),
            i => Assert.InRange(MathF.Abs((levels[i] * scales[i / 3]) - weight[i]), 0, (scales[i / 3] / 2) + 1e-7f)
        );
    }

    [Fact]
    public void Bundle_WithANetwork_RunsAndIsExportedWhole()
    {
        var model = new TinyModel(_directory);
        new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0).Write(File);

        var bundle = BundleBuilder.Build(model.Recipe with { PhotoNetworkPath = File });

        var vision = bundle.Manifest.Encoders.Single(encoder => encoder.Tower == EncoderTower.Vision);
        Assert.Equal(BundleEncoder.JoinedGraph, vision.Graph);
        Assert.Contains(bundle.Manifest.Provenance, source => source.What == "photo network" && source.Location == "network.safetensors");
        using var weights = ClipWeights.Open(model.WeightsPath);
        Assert.Null(SelfCheckReference.Compute(weights, bundle.Manifest).PhotoEmbedding);
        var target = Path.Combine(_directory, "out");
        BundleExport.Towers(bundle, target);
        Assert.Equal(bundle.ReadAllBytes(vision.File), System.IO.File.ReadAllBytes(Path.Combine(target, "onnx", "vision_model.onnx")));
    }

    [Fact]
    public void Precisions_ButOne_AreRefusedBesideANetwork()
    {
        var model = new TinyModel(_directory);
        new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0).Write(File);

        var fault = Assert.Throws<BundleException>(() =>
            BundleBuilder.Build(model.Recipe with { PhotoNetworkPath = File, Precisions = [ClipPrecision.Fp32, ClipPrecision.Int8] })
        );

        Assert.Contains("fp32 alone", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NetworkOfAnotherLength_IsRefused()
    {
        new TinyResidualNetwork(dimension: 5, gate: 0).Write(File);

        Assert.Contains("gives 5 numbers", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stem.mean", "'stem.mean' is missing")]
    [InlineData("blocks.0.conv1.weight", "has 0 blocks")]
    [InlineData("blocks.1.conv2.bias", "'blocks.1.conv2.bias' is missing")]
    [InlineData("blocks.1.beside.weight", "has nothing beside")]
    [InlineData("gate.weight", "no 'gate.weight'")]
    [InlineData("blocks.0.range", "'blocks.0.range' is missing")]
    public void NetworkThatLacksATensor_IsRefusedByName(string tensor, string expected)
    {
        var network = new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0);
        network.Remove(tensor);
        network.Write(File);

        Assert.Contains(expected, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void NetworkWithAnotherShape_IsRefusedWithBoth()
    {
        var network = new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0);
        network.Replace("blocks.0.conv2.weight", 4, 4, 5, 5);
        network.Write(File);

        Assert.Contains("'blocks.0.conv2.weight' is [4, 4, 5, 5], not [4, 4, 3, 3]", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pixels", 0.1f, 1f, "around 0")]
    [InlineData("stem", -0.1f, 1f, "from 0")]
    [InlineData("blocks.0", -0.1f, 1f, "from 0")]
    [InlineData("blocks.1.conv1", 0f, 0f, "from 0")]
    [InlineData("blocks.1.conv2", -1f, float.PositiveInfinity, "around 0")]
    [InlineData("blocks.1.beside", float.NaN, 1f, "around 0")]
    public void RangeThatIsNone_IsRefusedByName(string layer, float low, float high, string expected)
    {
        var network = new TinyResidualNetwork(TinyModel.Geometry.EmbeddingDimension, gate: 0);
        network.ReplaceRange(layer, low, high);
        network.Write(File);

        var refusal = Refusal();

        Assert.Contains($"'{layer}.range'", refusal, StringComparison.Ordinal);
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
    }

    private string Refusal() => Assert.Throws<BundleException>(() => ResidualNetwork.Open(File, TinyModel.Geometry).Dispose()).Message;

    private float[] Run(TinyResidualNetwork tiny, float[] photos, int count)
    {
        tiny.Write(File);
        using var network = ResidualNetwork.Open(File, TinyModel.Geometry);
        using var session = new ClipSession(ResidualGraphWriter.Write(network, _clip));
        return session.EncodeImages(photos, count, Size);
    }

    private static float[] Photo(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Pixels).Select(_ => (float)((random.NextDouble() * 4) - 2))];
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<float> actual, double tolerance)
    {
        var longest = Math.Sqrt(expected.Sum(value => value * value));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * longest);
        }
    }
}
