using GeoTagService.Core;
using GeoTagService.Core.Batching;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx.Tests;

/// <summary>Weights that are packed out of their mapped files.</summary>
[Collection(nameof(MemoryPagesTests))]
public sealed class MappedWeightsTests : IDisposable
{
    private readonly ExternalWeights _weights = new();

    public void Dispose() => _weights.Dispose();

    [Fact]
    public void MappedWeights_GiveTheBitsThatCopiesGive()
    {
        using var copied = _weights.Load(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu, IntraOpThreads = 2 });
        using var mapped = _weights.Load(
            new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 2,
                MapWeights = true,
            }
        );

        foreach (var share in (MachineShare[])[MachineShare.Whole, MachineShare.Part])
        {
            Assert.Equal(ExternalWeights.Photos(copied, MachineShare.Whole), ExternalWeights.Photos(mapped, share));
            Assert.Equal(ExternalWeights.Titles(copied, MachineShare.Whole), ExternalWeights.Titles(mapped, share));
        }
    }

    [Theory]
    [InlineData(0, "vision.onnx.data was changed")]
    // The last byte of a file belongs to a weight that is not mapped because it is small.
    [InlineData(-1, "vision.onnx.data was changed")]
    public void MappedWeights_WhoseFileChangesUntilTheyAreSettled_AreRefused(int place, string reason)
    {
        SkipWhereNothingIsMapped();
        using var weights = SharedWeights.Load(_weights.Bundle, "vision.onnx", map: true)!;
        Assert.True(weights.AreMapped);
        using (var data = Write("vision.onnx.data"))
        {
            data.Seek(place, place < 0 ? SeekOrigin.End : SeekOrigin.Begin);
            var now = data.ReadByte();
            data.Seek(-1, SeekOrigin.Current);
            data.WriteByte((byte)~now);
        }

        Assert.StartsWith(reason, Assert.Throws<BundleException>(() => weights.Settle(() => true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MappedWeights_WhoseFileIsShorterThanItWas_AreRefusedAndNotRead()
    {
        SkipWhereNothingIsMapped();
        using (var data = Write("vision.onnx.data"))
        {
            data.SetLength(4096);
        }

        var fault = Assert.Throws<BundleException>(() => SharedWeights.Load(_weights.Bundle, "vision.onnx", map: true));

        Assert.StartsWith("vision.onnx.data was changed after it was verified: it has 4096 bytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MappedWeights_ThatRunsStillRead_AreCopied()
    {
        SkipWhereNothingIsMapped();
        using var unread = SharedWeights.Load(_weights.Bundle, "vision.onnx", map: true)!;
        using var read = SharedWeights.Load(_weights.Bundle, "vision.onnx", map: true)!;
        using var failed = SharedWeights.Load(_weights.Bundle, "vision.onnx", map: true)!;
        using var session = OpenUnpacked(read);
        var input = new float[3 * 32 * 32];
        Run(session, input);

        Assert.InRange(unread.Settle(() => true), unread.Bytes / 2, unread.Bytes);
        Assert.InRange(read.Settle(() => Run(session, input).Length > 0), 0, read.Bytes / 4);
        Assert.Equal(0, failed.Settle(() => false));

        Assert.False(unread.AreMapped || read.AreMapped || failed.AreMapped);
        var before = Run(session, input);
        using (var data = Write("vision.onnx.data"))
        {
            data.SetLength(0);
        }

        Assert.Equal(before, Run(session, input));
    }

    [Fact]
    public void MappedWeights_LeaveMemoryWhileOthersAreRead()
    {
        SkipWhereNothingIsMapped();
        using var weights = SharedWeights.Load(_weights.Bundle, "vision.onnx", map: true)!;

        weights.ReadOnce(() =>
        {
            using var session = OpenUnpacked(weights);
            Run(session, new float[3 * 32 * 32]);
            // Until somebody else has done it.
            Assert.True(SpinWait.SpinUntil(() => ResidentOf("vision.onnx.data") == 0, TimeSpan.FromMinutes(1)));
            Run(session, new float[3 * 32 * 32]);
            return true;
        });

        Assert.Equal(0, ResidentOf("vision.onnx.data"));
    }

    private static void SkipWhereNothingIsMapped() => Assert.SkipUnless(OperatingSystem.IsLinux(), "weights are mapped on Linux alone");

    private FileStream Write(string file) =>
        new(Path.Combine(_weights.Folder.FullName, file), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private InferenceSession OpenUnpacked(SharedWeights weights)
    {
        using var options = new SessionOptions();
        options.AddSessionConfigEntry("session.disable_prepacking", "1");
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", _weights.Folder.FullName);
        weights.AddTo(options);
        return new InferenceSession(_weights.Bundle.ReadAllBytes("vision.onnx"), options);
    }

    private static float[] Run(InferenceSession session, float[] pixels)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, 32, 32]);
        using var run = new RunOptions();
        using var results = session.Run(run, ["pixel_values"], [input], ["image_embeds"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    /// <summary>What of a mapped file this process has in memory, kB, as proc_pid_smaps(5) has it.</summary>
    private int ResidentOf(string file)
    {
        var path = Path.Combine(_weights.Folder.FullName, file);
        var (isOfFile, resident) = (false, 0);
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!fields[0].EndsWith(':'))
            {
                isOfFile = line.EndsWith(path, StringComparison.Ordinal);
            }
            else if (isOfFile && fields[0] == "Rss:")
            {
                resident += int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        return resident;
    }
}
