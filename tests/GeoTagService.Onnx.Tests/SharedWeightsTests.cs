using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Models.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx.Tests;

/// <summary>Towers whose weights lie beside their graphs, as a full-size bundle's do.</summary>
[Collection(nameof(MemoryPagesTests))]
public sealed class SharedWeightsTests : IDisposable
{
    private readonly ExternalWeights _weights = new();

    public void Dispose() => _weights.Dispose();

    [Theory]
    [InlineData(WeightPacking.AtLoad, false)]
    [InlineData(WeightPacking.AtLoad, true)]
    [InlineData(WeightPacking.AfterStart, false)]
    public void PartsOfTheMachine_AnswerAsTheWholeDoes(WeightPacking packing, bool map)
    {
        using var encoder = _weights.Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 2,
                PackWeights = packing,
                MapWeights = map,
            }
        );
        Assert.Equal((2, 2, true), (encoder.Runtime.IntraOpThreads, encoder.Runtime.ConcurrentRuns, encoder.Runtime.HasWholeRuns));

        var (photos, titles) = (ExternalWeights.Photos(encoder, MachineShare.Whole), ExternalWeights.Titles(encoder, MachineShare.Whole));
        Check();
        encoder.FinishLoading(4, TestContext.Current.CancellationToken);
        Check();

        void Check()
        {
            foreach (var share in (MachineShare[])[MachineShare.Whole, MachineShare.Part])
            {
                ExternalWeights.AssertClose(photos, ExternalWeights.Photos(encoder, share));
                ExternalWeights.AssertClose(titles, ExternalWeights.Titles(encoder, share));
            }
        }
    }

    [Fact]
    public async Task RunsOnPartsAtOnce_DoNotMix()
    {
        using var encoder = _weights.Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 3,
                ConcurrentRuns = 3,
            }
        );
        var (photos, titles) = (ExternalWeights.Photos(encoder, MachineShare.Whole), ExternalWeights.Titles(encoder, MachineShare.Whole));

        await Parallel.ForAsync(
            0,
            60,
            new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = TestContext.Current.CancellationToken },
            (i, _) =>
            {
                ExternalWeights.AssertClose(photos, ExternalWeights.Photos(encoder, MachineShare.Part));
                ExternalWeights.AssertClose(titles, ExternalWeights.Titles(encoder, MachineShare.Part));
                return ValueTask.CompletedTask;
            }
        );
    }

    [Fact]
    public void OneRunAtATime_WhereThatIsAsked()
    {
        using var encoder = _weights.Load(
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
    [InlineData(WeightPacking.AtLoad, false, false)]
    [InlineData(WeightPacking.AtLoad, false, true)]
    [InlineData(WeightPacking.AfterStart, false, false)]
    [InlineData(WeightPacking.AfterStart, true, false)]
    public void FilesThatAreSpoiltWhileServed_ChangeNoAnswer(WeightPacking packing, bool beforeItIsPacked, bool map)
    {
        using var encoder = _weights.Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 2,
                PackWeights = packing,
                MapWeights = map,
            }
        );
        var (photos, titles) = (ExternalWeights.Photos(encoder, MachineShare.Whole), ExternalWeights.Titles(encoder, MachineShare.Whole));
        if (!beforeItIsPacked)
        {
            encoder.FinishLoading(4, TestContext.Current.CancellationToken);
        }

        foreach (var file in _weights.Folder.EnumerateFiles())
        {
            using var data = new FileStream(file.FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            data.Write(new byte[4096]);
            // Whoever reads a mapped page beyond the end of its file is ended by the system.
            data.SetLength(4096);
        }

        encoder.FinishLoading(4, TestContext.Current.CancellationToken);
        foreach (var share in (MachineShare[])[MachineShare.Whole, MachineShare.Part])
        {
            ExternalWeights.AssertClose(photos, ExternalWeights.Photos(encoder, share));
            ExternalWeights.AssertClose(titles, ExternalWeights.Titles(encoder, share));
        }
    }

    [Fact]
    public void WeightsThatRunsDoNotRead_AreLetGoOf()
    {
        Assert.SkipUnless(MemoryPages.ForgetUses(), "this system does not tell which memory is read");
        using var weights = SharedWeights.Load(_weights.Bundle, "vision.onnx")!;

        Assert.InRange(weights.LetGoOfUnread(() => { }), weights.Bytes / 2, weights.Bytes);
        Assert.Equal(0, weights.LetGoOfUnread(() => { }));
    }

    [Fact]
    public void WeightsInAFileThatIsNotListed_AreRefused()
    {
        var bundle = new ExternalWeights.FolderBundle(
            _weights.Bundle.Manifest with
            {
                Files = [.. _weights.Bundle.Manifest.Files.Where(file => file.Path != "vision.onnx.data")],
            },
            _weights.Folder.FullName
        );

        var fault = Assert.Throws<BundleException>(() => SharedWeights.Load(bundle, "vision.onnx"));

        Assert.Equal("vision.onnx: its weights lie in 'vision.onnx.data', which the bundle does not list", fault.Message);
    }

    [Fact]
    public void ExternalTensors_AreFoundWithTheirPlaces()
    {
        var tensors = ExternalTensors.Read(_weights.Bundle.ReadAllBytes("vision.onnx"), "vision.onnx");

        var length = new FileInfo(Path.Combine(_weights.Folder.FullName, "vision.onnx.data")).Length;
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
        var bundle = new ExternalWeights.FolderBundle(
            _weights.Bundle.Manifest with
            {
                Files =
                [
                    .. _weights.Bundle.Manifest.Files.Select(file =>
                        file.Path == "vision.onnx.data" ? file with { Bytes = file.Bytes / 2 } : file
                    ),
                ],
            },
            _weights.Folder.FullName
        );

        var fault = Assert.Throws<BundleException>(() => SharedWeights.Load(bundle, "vision.onnx"));

        Assert.StartsWith("vision.onnx: the weight '", fault.Message, StringComparison.Ordinal);
        Assert.Contains("lies outside vision.onnx.data", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNoGraph_AreRefusedByName()
    {
        File.WriteAllBytes(Path.Combine(_weights.Folder.FullName, "vision.onnx"), [0x3a, 0xff, 0xff, 0xff]);

        Assert.StartsWith(
            "vision.onnx: it is no ONNX graph",
            Assert.Throws<BundleException>(() => _weights.Load(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu })).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void DisposedWhileOthersHoldThem_WeightsStay()
    {
        var weights = SharedWeights.Load(_weights.Bundle, "text.onnx")!;
        using var held = weights.Hold();
        weights.Dispose();
        using var options = new SessionOptions();

        held.AddTo(options);
        Assert.True(held.Bytes > 0);
    }
}
