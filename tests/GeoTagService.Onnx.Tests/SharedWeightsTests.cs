using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Onnx.Tests;

/// <summary>Towers whose weights lie beside their graphs, as a full-size bundle's do.</summary>
public sealed class SharedWeightsTests : IDisposable
{
    private const float Tolerance = 1e-5f;
    private static readonly BundleGeometry Geometry = new(32, new VisionGeometry(32, 16, 256, 1, 4), new TextGeometry(16, 514, 256, 1, 4));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Bundle _bundle;

    public SharedWeightsTests()
    {
        using var weights = new RandomClipWeights(Geometry, seed: 5);
        var vision = Path.Combine(_folder.FullName, "vision.onnx");
        var text = Path.Combine(_folder.FullName, "text.onnx");
        // Nothing is kept inside the graphs that is large enough to lie outside.
        ClipGraphWriter.Vision(weights, new ClipGraphOptions()).Save(vision, largestSingleFile: 0);
        ClipGraphWriter.Text(weights, endToken: 513, new ClipGraphOptions()).Save(text, largestSingleFile: 0);
        _bundle = new FolderBundle(
            BundleReader.OpenEmbedded().Manifest with
            {
                Geometry = Geometry,
                Encoders =
                [
                    new(EncoderTower.Vision, "fp32", "vision.onnx"),
                    new(EncoderTower.Text, "fp32", "text.onnx", DynamicLength: true),
                ],
                Files = [.. _folder.EnumerateFiles().Select(file => new BundleFile(file.Name, file.Length, ""))],
            },
            _folder.FullName
        );
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(WeightPacking.AtLoad)]
    [InlineData(WeightPacking.AfterStart)]
    public void PartsOfTheMachine_AnswerAsTheWholeDoes(WeightPacking packing)
    {
        using var encoder = Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 2,
                PackWeights = packing,
            }
        );
        Assert.Equal((2, 2, true), (encoder.Runtime.IntraOpThreads, encoder.Runtime.ConcurrentRuns, encoder.Runtime.HasWholeRuns));

        var (photos, titles) = (Photos(encoder, MachineShare.Whole), Titles(encoder, MachineShare.Whole));
        Check();
        encoder.FinishLoading(4, TestContext.Current.CancellationToken);
        Check();

        void Check()
        {
            foreach (var share in (MachineShare[])[MachineShare.Whole, MachineShare.Part])
            {
                AssertClose(photos, Photos(encoder, share));
                AssertClose(titles, Titles(encoder, share));
            }
        }
    }

    [Fact]
    public async Task RunsOnPartsAtOnce_DoNotMix()
    {
        using var encoder = Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 3,
                ConcurrentRuns = 3,
            }
        );
        var (photos, titles) = (Photos(encoder, MachineShare.Whole), Titles(encoder, MachineShare.Whole));

        await Parallel.ForAsync(
            0,
            60,
            new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = TestContext.Current.CancellationToken },
            (i, _) =>
            {
                AssertClose(photos, Photos(encoder, MachineShare.Part));
                AssertClose(titles, Titles(encoder, MachineShare.Part));
                return ValueTask.CompletedTask;
            }
        );
    }

    [Fact]
    public void OneRunAtATime_WhereThatIsAsked()
    {
        using var encoder = Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 2,
                ConcurrentRuns = 1,
            }
        );

        Assert.Equal(1, encoder.Runtime.ConcurrentRuns);
    }

    [Theory]
    [InlineData(WeightPacking.AtLoad, false)]
    [InlineData(WeightPacking.AfterStart, false)]
    [InlineData(WeightPacking.AfterStart, true)]
    public void FilesThatAreSpoiltWhileServed_ChangeNoAnswer(WeightPacking packing, bool beforeItIsPacked)
    {
        using var encoder = Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 2,
                PackWeights = packing,
            }
        );
        var (photos, titles) = (Photos(encoder, MachineShare.Whole), Titles(encoder, MachineShare.Whole));
        if (!beforeItIsPacked)
        {
            encoder.FinishLoading(4, TestContext.Current.CancellationToken);
        }

        foreach (var file in _folder.EnumerateFiles())
        {
            using var data = new FileStream(file.FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            data.Write(new byte[4096]);
            // Whoever reads a mapped page beyond the end of its file is ended by the system.
            data.SetLength(4096);
        }

        encoder.FinishLoading(4, TestContext.Current.CancellationToken);
        foreach (var share in (MachineShare[])[MachineShare.Whole, MachineShare.Part])
        {
            AssertClose(photos, Photos(encoder, share));
            AssertClose(titles, Titles(encoder, share));
        }
    }

    [Fact]
    public void WeightsThatRunsDoNotRead_AreLetGoOf()
    {
        Assert.SkipUnless(MemoryPages.ForgetUses(), "this system does not tell which memory is read");
        using var weights = SharedWeights.Load(_bundle, "vision.onnx")!;

        Assert.InRange(weights.LetGoOfUnread(() => { }), weights.Bytes / 2, weights.Bytes);
        Assert.Equal(0, weights.LetGoOfUnread(() => { }));
    }

    [Fact]
    public void WeightsInAFileThatIsNotListed_AreRefused()
    {
        var bundle = new FolderBundle(
            _bundle.Manifest with
            {
                Files = [.. _bundle.Manifest.Files.Where(file => file.Path != "vision.onnx.data")],
            },
            _folder.FullName
        );

        var fault = Assert.Throws<BundleException>(() => SharedWeights.Load(bundle, "vision.onnx"));

        Assert.Equal("vision.onnx: its weights lie in 'vision.onnx.data', which the bundle does not list", fault.Message);
    }

    [Fact]
    public void ExternalTensors_AreFoundWithTheirPlaces()
    {
        var tensors = ExternalTensors.Read(_bundle.ReadAllBytes("vision.onnx"), "vision.onnx");

        var length = new FileInfo(Path.Combine(_folder.FullName, "vision.onnx.data")).Length;
        Assert.NotEmpty(tensors);
        Assert.All(
            tensors,
            tensor =>
            {
                Assert.Equal("vision.onnx.data", tensor.File);
                Assert.Equal(tensor.Shape.Aggregate(4L, (bytes, size) => bytes * size), tensor.Length);
                Assert.InRange(tensor.Offset + tensor.Length, 1, length);
            }
        );
        Assert.Equal(tensors.Count, tensors.Select(tensor => tensor.Name).Distinct().Count());
    }

    [Fact]
    public void WeightsThatAreTooShort_AreRefusedByName()
    {
        var bundle = new FolderBundle(
            _bundle.Manifest with
            {
                Files =
                [
                    .. _bundle.Manifest.Files.Select(file => file.Path == "vision.onnx.data" ? file with { Bytes = file.Bytes / 2 } : file),
                ],
            },
            _folder.FullName
        );

        var fault = Assert.Throws<BundleException>(() => SharedWeights.Load(bundle, "vision.onnx"));

        Assert.StartsWith("vision.onnx: the weight '", fault.Message, StringComparison.Ordinal);
        Assert.Contains("lies outside vision.onnx.data", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNoGraph_AreRefusedByName()
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, "vision.onnx"), [0x3a, 0xff, 0xff, 0xff]);

        Assert.StartsWith(
            "vision.onnx: it is no ONNX graph",
            Assert.Throws<BundleException>(() => Load(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void DisposedWhileOthersHoldThem_WeightsStay()
    {
        var weights = SharedWeights.Load(_bundle, "text.onnx")!;
        using var held = weights.Hold();
        weights.Dispose();
        using var options = new Microsoft.ML.OnnxRuntime.SessionOptions();

        held.AddTo(options);
        Assert.True(held.Bytes > 0);
    }

    private static float[] Photos(OnnxClipEncoder encoder, MachineShare share)
    {
        var size = encoder.Geometry.ImageSize;
        var crops = Enumerable
            .Range(0, 3)
            .Select(seed =>
            {
                var crop = new byte[size * size * 3];
                new Random(seed).NextBytes(crop);
                return (ReadOnlyMemory<byte>)crop;
            })
            .ToArray();
        var embeddings = new float[crops.Length * encoder.Geometry.EmbeddingDimension];
        encoder.EncodeImages(crops, embeddings, share);
        return embeddings;
    }

    private static float[] Titles(OnnxClipEncoder encoder, MachineShare share)
    {
        ReadOnlyMemory<int>[] tokens = [new[] { 512, 64, 513 }, new[] { 512, 65, 66, 67, 513 }];
        var embeddings = new float[tokens.Length * encoder.Geometry.EmbeddingDimension];
        encoder.EncodeTitles(tokens, embeddings, share);
        return embeddings;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Tolerance);
        }
    }

    private OnnxClipEncoder Load(OnnxEncoderOptions options) => (OnnxClipEncoder)OnnxClipEngineTests.Engine(options).LoadEncoder(_bundle);

    private sealed class FolderBundle(BundleManifest manifest, string folder) : Bundle(manifest, "0")
    {
        public override string Origin => folder;

        public override string? GetPhysicalPath(string path) => Path.Combine(folder, path);

        public override Stream OpenRead(string path) => File.OpenRead(Path.Combine(folder, path));

        public override SafeFileHandle OpenHandle(string path) => File.OpenHandle(Path.Combine(folder, path), share: FileShare.ReadWrite);
    }
}
