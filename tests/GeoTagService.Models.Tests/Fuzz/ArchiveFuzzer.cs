using System.Diagnostics;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Archives.PyTorch;
using GeoTagService.Models.Weights;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Fuzz;

/// <summary>Reads inputs in every way the readers offer. Anything but a reading or a refusal is a finding.</summary>
internal sealed class ArchiveFuzzer(string folder)
{
    /// <summary>The most that reading an input of some KB may allocate: the limits on pickles and headers allow no more.</summary>
    private const long AllocationLimit = 256L << 20;

    /// <summary>The longest that an input may take. A machine may stand still once; an input that is slow is slow each time.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    private const int Attempts = 3;

    /// <summary>Inputs that are right, to start from: a few KB in all.</summary>
    public static IReadOnlyList<byte[]> Seeds()
    {
        TestTensor[] head = [TestTensor.Patterned("weight", 49, 4), TestTensor.Patterned("bias", 49)];
        TestTensor[] few = [TestTensor.Patterned("a.b", 2, 3), TestTensor.Patterned("a.c"), TestTensor.Patterned("d", 0, 4)];
        var view = new PickleBuilder()
            .EmptyDictionary()
            .Mark()
            .Text("t")
            .Tensor("DoubleStorage", "0", 6, 1, [2, 2], [1, 2])
            .Text("p")
            .Global("torch._utils", "_rebuild_parameter")
            .Mark()
            .Tensor("BFloat16Storage", "1", 4, 0, [4], [1])
            .Raw(0x88)
            .EmptyOrderedDictionary()
            .Op('t')
            .Reduce()
            .Text("n")
            .EmptyDictionary()
            .Mark()
            .Text("x")
            .Number(-5)
            .SetItems()
            .SetItems();
        var modules = new PickleBuilder()
            .ScriptModule("clip.Module")
            .EmptyDictionary()
            .Mark()
            .Text("training")
            .Raw(0x89)
            .Text("inner")
            .ScriptModule("Inner")
            .EmptyDictionary()
            .Mark()
            .Text("weight")
            .Tensor("HalfStorage", "0", 24, 0, [4, 6], [6, 1])
            .Text("scale")
            .Tensor("LongStorage", "1", 1, 0, [], [])
            .SetItems()
            .Build()
            .SetItems()
            .Build();
        return
        [
            PyTorchArchiveBuilder.StateDictionary(head),
            PyTorchArchiveBuilder.StateDictionary(few, deflate: true),
            PyTorchArchiveBuilder.StateDictionary(few, wide: true),
            PyTorchArchiveBuilder.TorchScript(few),
            ArchiveMutator.Wrap(view.ToArray()),
            ArchiveMutator.Wrap(modules.ToArray()),
            SafetensorsBuilder.File(few),
            view.ToArray(),
            modules.ToArray(),
        ];
    }

    /// <summary>Reads one input: as a file of any format, as a head, as a CLIP, and as a bare pickle.</summary>
    /// <returns>Why it was refused as a file of any format; null where it was read.</returns>
    /// <exception cref="InvalidOperationException">A finding; the message says what.</exception>
    public string? Run(byte[] input)
    {
        var path = Path.Combine(folder, "linear-img.pth");
        File.WriteAllBytes(path, input);
        for (var attempt = 1; ; attempt++)
        {
            var started = Stopwatch.GetTimestamp();
            var cause = ReadInEveryWay(path, input);
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (elapsed < TimeLimit)
            {
                return cause;
            }

            if (attempt == Attempts)
            {
                throw new InvalidOperationException($"{input.Length} bytes took {elapsed}");
            }
        }
    }

    private static string? ReadInEveryWay(string path, byte[] input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var cause = Try(() => ReadAll(path));
        Try(() => HeadWeights.Read(path));
        Try(() => ClipWeights.Open(path).Dispose());
        Try(() => StateDictionary.Gather(PickleReader.Read(input)));
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > AllocationLimit)
        {
            throw new InvalidOperationException($"{input.Length} bytes made {allocated} bytes of garbage");
        }

        return cause;
    }

    private static string? Try(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is WeightsFormatException or InvalidDataException)
        {
            return e.Message;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.GetType().Name}: {e.Message}", e);
        }
    }

    private static void ReadAll(string path)
    {
        using var archive = TensorArchive.Open(path);
        foreach (var tensor in archive.Tensors.Values)
        {
            archive.ReadFloat32(tensor.Name, new float[tensor.Elements]);
        }
    }
}
