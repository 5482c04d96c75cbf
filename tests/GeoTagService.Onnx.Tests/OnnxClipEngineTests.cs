using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Graphs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace GeoTagService.Onnx.Tests;

public sealed class OnnxClipEngineTests
{
    [Fact]
    public void EmbeddedBundle_LoadsAndReportsItsRuntime()
    {
        using var encoder = Load(BundleReader.OpenEmbedded(), new OnnxEncoderOptions { IntraOpThreads = 2 });

        Assert.StartsWith("ONNX Runtime 1.", encoder.Runtime.Engine, StringComparison.Ordinal);
        Assert.Equal(
            ("cpu", "fp32", 2, 2),
            (encoder.Runtime.ExecutionProvider, encoder.Runtime.Precision, encoder.Runtime.IntraOpThreads, encoder.Runtime.ConcurrentRuns)
        );
    }

    [Fact]
    public void PrecisionThatTheBundleLacks_IsRefusedWithWhatItHas()
    {
        var fault = Assert.Throws<BundleException>(() =>
            Load(BundleReader.OpenEmbedded(), new OnnxEncoderOptions { Precision = PrecisionChoice.Int8 })
        );

        Assert.Contains("int8", fault.Message, StringComparison.Ordinal);
        Assert.Contains("it has fp32", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FusedGraph_IsPreferredToThePlainOne()
    {
        BundleEncoder[] encoders =
        [
            new(EncoderTower.Vision, "fp32", "plain-v"),
            new(EncoderTower.Text, "fp32", "plain-t"),
            new(EncoderTower.Vision, "fp32", "fused-v", Graph: "fused"),
            new(EncoderTower.Vision, "fp16", "half-v"),
            new(EncoderTower.Text, "fp16", "half-t"),
        ];
        var manifest = BundleReader.OpenEmbedded().Manifest with { Encoders = encoders };

        var (vision, text) = EncoderChoice.Choose(manifest, PrecisionChoice.Auto, ProviderTraits.Cpu);
        var (onCard, _) = EncoderChoice.Choose(manifest, PrecisionChoice.Auto, ProviderTraits.Cuda);

        Assert.Equal(("fused-v", "plain-t", "half-v"), (vision.File, text.File, onCard.File));
    }

    [Fact]
    public void CudaDemandedWithoutCuda_StopsTheStart()
    {
        var fault = Assert.Throws<BundleException>(() =>
            Load(BundleReader.OpenEmbedded(), new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cuda })
        );

        Assert.Contains("GeoTag:Onnx:Accelerator is cuda", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AutoWithoutCuda_RunsOnTheCpuAndWarnsOnlyInABuildThatCarriesCuda()
    {
        var logger = new FakeLogger<OnnxClipEngine>();

        using var encoder = Load(BundleReader.OpenEmbedded(), new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Auto }, logger);

        Assert.Equal("cpu", encoder.Runtime.ExecutionProvider);
        Assert.Equal(CudaProvider.IsInThisBuild ? [LogLevel.Warning] : [], logger.Collector.GetSnapshot().Select(line => line.Level));
    }

    [Fact]
    public void CardThatCannotBeUsed_IsWarnedOfUnderAuto()
    {
        var logger = new FakeLogger<OnnxClipEngine>();

        OnnxSessionFactory.Refuse(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Auto }, logger, "there is no card");

        var line = Assert.Single(logger.Collector.GetSnapshot());
        Assert.Equal((LogLevel.Warning, true), (line.Level, line.Message.Contains("there is no card", StringComparison.Ordinal)));
    }

    [Fact]
    public void CpuAsked_SaysNothing()
    {
        var logger = new FakeLogger<OnnxClipEngine>();

        using var encoder = Load(BundleReader.OpenEmbedded(), new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }, logger);

        Assert.Empty(logger.Collector.GetSnapshot());
    }

    [Fact]
    public void TruncatedGraph_IsRefusedByName()
    {
        var original = BundleReader.OpenEmbedded();
        var file = original.Manifest.Encoders.Single(e => e.Tower == EncoderTower.Vision).File;
        var bundle = MemoryBundle.Miniature(null, (file, original.ReadAllBytes(file)[..^100]));

        Assert.StartsWith(file, Assert.Throws<BundleException>(() => Load(bundle)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pixels", 3, "has an input 'pixels' that nothing fills")]
    [InlineData("pixel_values", 4, "'pixel_values' has the shape [any, 4, ")]
    public void GraphWithAnotherInput_IsRefusedWithWhatItHas(string name, int channels, string expected)
    {
        var manifest = BundleReader.OpenEmbedded().Manifest;
        var file = manifest.Encoders.Single(e => e.Tower == EncoderTower.Vision).File;
        var size = manifest.Geometry.Vision.ImageSize;
        var graph = new OnnxGraphBuilder("other");
        var input = graph.Input(name, OnnxElementType.Float32, "batch", channels, size, size);
        graph.Output("image_embeds", graph.Reshape(input, 0, -1), OnnxElementType.Float32, "batch", channels * size * size);
        var bundle = MemoryBundle.Miniature(null, (file, graph.ToBytes()));

        var fault = Assert.Throws<BundleException>(() => Load(bundle));

        Assert.StartsWith(file, fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HeadOfAnotherWidth_IsRefusedByName()
    {
        var manifest = BundleReader.OpenEmbedded().Manifest;
        var head = manifest.Heads.First(h => h.Modalities == Modalities.Image && h.Kind == HeadKind.Linear);
        var width = manifest.Geometry.EmbeddingDimension + 1;
        var graph = new OnnxGraphBuilder("wide");
        var input = graph.Input("image_embeds", OnnxElementType.Float32, "batch", width);
        graph.Output("logits", input, OnnxElementType.Float32, "batch", width);
        var bundle = MemoryBundle.Miniature(null, (head.File, graph.ToBytes()));

        var fault = Assert.Throws<BundleException>(() => Engine(new OnnxEncoderOptions()).LoadHead(bundle, head));

        Assert.StartsWith(head.File, fault.Message, StringComparison.Ordinal);
        Assert.Contains("image_embeds", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void HeadWithAnInputThatNothingFills_IsRefused()
    {
        var bundle = BundleReader.OpenEmbedded();
        var both = bundle.Manifest.Heads.First(h => h.Modalities == (Modalities.Image | Modalities.Title));

        var fault = Assert.Throws<BundleException>(() =>
            Engine(new OnnxEncoderOptions()).LoadHead(bundle, both with { Modalities = Modalities.Image })
        );

        Assert.Contains("text_embeds", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CoresAreCountedOncePerPairOfThreads()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            foreach (var (processor, siblings) in new[] { (0, "0,2"), (1, "1,3"), (2, "0,2"), (3, "1,3") })
            {
                var topology = folder.CreateSubdirectory($"cpu{processor}/topology");
                File.WriteAllText(Path.Combine(topology.FullName, "thread_siblings_list"), siblings + "\n");
            }

            folder.CreateSubdirectory("cpufreq");
            Assert.Equal(2, ProcessorCores.Physical(folder.FullName));
            Assert.Null(ProcessorCores.Physical(Path.Combine(folder.FullName, "absent")));
            Assert.InRange(ProcessorCores.Usable(), 1, Environment.ProcessorCount);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("int8", false, 1)]
    [InlineData("int8", true, 0)]
    [InlineData("fp32", false, 0)]
    public void EightBitEncodersWithoutExactProducts_AreWarnedOf(string precision, bool exact, int warnings)
    {
        var logger = new FakeLogger<OnnxClipEngine>();
        var sessions = new OnnxSessionFactory(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }, logger)
        {
            HasExactEightBitProducts = exact,
        };

        sessions.WarnOfInexactProducts(precision);

        Assert.Equal(warnings, logger.Collector.GetSnapshot().Count(record => record.Level == LogLevel.Warning));
    }

    [Fact]
    public void ExactEightBitProducts_AreWhereLinuxSaysSo()
    {
        const string Processors = "/proc/cpuinfo";
        Assert.SkipUnless(File.Exists(Processors), "this is no Linux");
        var flags = File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal));
        Assert.SkipWhen(flags is null, "this is no x86 processor");

        var said = flags!.Split(' ').Intersect(["avx512_vnni", "avx_vnni"]).Any();

        Assert.Equal(said, EightBitProducts.AreExact);
    }

    internal static OnnxClipEngine Engine(OnnxEncoderOptions options, ILogger<OnnxClipEngine>? logger = null) =>
        new(options, logger ?? NullLogger<OnnxClipEngine>.Instance);

    private static OnnxClipEncoder Load(Bundle bundle, OnnxEncoderOptions? options = null, ILogger<OnnxClipEngine>? logger = null) =>
        (OnnxClipEncoder)Engine(options ?? new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }, logger).LoadEncoder(bundle);
}
