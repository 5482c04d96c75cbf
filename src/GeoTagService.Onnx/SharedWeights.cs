using System.Buffers;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using Microsoft.ML.OnnxRuntime;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Onnx;

/// <summary>
/// A tower's weights, held once for all of its sessions, and the repacked ones, kept once for all that pack. They are copied
/// out of their file and checked on the way, so that nothing that happens to the file later changes an answer or ends the process
/// (a mapped file that is truncated does). ONNX Runtime shares repacked weights only of tensors that it was handed by their
/// owner, which is why they are not left for it to find. Freed with the last session that holds it.
/// </summary>
internal sealed class SharedWeights : IDisposable
{
    /// <summary>Smaller ones are kept together: they are not worth asking whether anybody reads them.</summary>
    private const long LargeTensor = 256 << 10;
    private const int Alignment = 64;
    private const int ReadSize = 4 << 20;

    private readonly List<WeightMemory> _memory = [];
    private readonly List<(WeightMemory Memory, SafeFileHandle File)> _releasable = [];
    private readonly List<SafeFileHandle> _files = [];
    private readonly List<(string Name, OrtValue Value)> _values = [];
    private int _holders = 1;

    private SharedWeights() { }

    /// <summary>Size of all weights.</summary>
    public long Bytes { get; private set; }

    /// <summary>The repacked weights.</summary>
    public PrePackedWeightsContainer Packed { get; } = new();

    /// <summary>Reads a graph's weights.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">The graph's file.</param>
    /// <returns>The weights, held once for the caller; null where none lie beside the graph.</returns>
    /// <exception cref="BundleException">The graph or the weights cannot be read, do not fit each other, or are not what was
    /// verified.</exception>
    public static SharedWeights? Load(Bundle bundle, string file)
    {
        if (bundle.GetPhysicalPath(file) is null)
        {
            return null;
        }

        var tensors = ExternalTensors.Read(bundle.ReadAllBytes(file), file);
        if (tensors.Count == 0)
        {
            return null;
        }

        var weights = new SharedWeights();
        try
        {
            foreach (var inFile in tensors.GroupBy(tensor => tensor.File, StringComparer.Ordinal))
            {
                weights.Add(bundle, file, inFile.Key, [.. inFile.OrderBy(tensor => tensor.Offset)]);
            }

            return weights;
        }
        catch (OnnxRuntimeException fault)
        {
            weights.Dispose();
            throw new BundleException($"{file}: a weight's shape does not fit its bytes: {fault.Message}", fault);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Has a session use them.</summary>
    public void AddTo(SessionOptions options)
    {
        foreach (var (name, value) in _values)
        {
            options.AddInitializer(name, value);
        }
    }

    /// <summary>Lets go of what runs do not read any more, because they read it repacked.</summary>
    /// <param name="run">Runs of all kinds that there will be.</param>
    /// <returns>Bytes let go of: none where the system does not tell what is read.</returns>
    public long LetGoOfUnread(Action run)
    {
        if (_releasable.Count == 0 || !MemoryPages.ForgetUses())
        {
            return 0;
        }

        run();
        var used = MemoryPages.UsedRegions();
        var bytes = 0L;
        foreach (var (memory, file) in _releasable)
        {
            if (!used.Contains(memory.Start) && memory.LetGo(file))
            {
                bytes += memory.Length;
            }
        }

        _releasable.Clear();
        return bytes;
    }

    /// <summary>One holder more.</summary>
    public SharedWeights Hold()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    /// <summary>One holder less; the last one frees them.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _values.ForEach(entry => entry.Value.Dispose());
            Packed.Dispose();
            _memory.ForEach(memory => memory.Dispose());
            _files.ForEach(file => file.Dispose());
        }
    }

    /// <summary>Reads one file from beginning to end, each large tensor into memory of its own.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="graph">The graph's file.</param>
    /// <param name="name">The weights' file as the graph names it.</param>
    /// <param name="tensors">Its tensors, by offset.</param>
    private void Add(Bundle bundle, string graph, string name, List<ExternalTensor> tensors)
    {
        var path = Path.Combine(Path.GetDirectoryName(graph) ?? "", name).Replace('\\', '/');
        // Its name alone, and one that is listed: nothing outside the bundle is ever opened.
        var entry =
            name.Length > 0 && Path.GetFileName(name) == name ? bundle.Manifest.Files.FirstOrDefault(file => file.Path == path) : null;
        if (entry is null)
        {
            throw new BundleException($"{graph}: its weights lie in '{name}', which the bundle does not list");
        }

        foreach (var tensor in tensors)
        {
            if (tensor.Offset < 0 || tensor.Length < 0 || tensor.Offset > entry.Bytes - tensor.Length)
            {
                throw new BundleException($"{graph}: the weight '{tensor.Name}' lies outside {name}, which has {entry.Bytes} bytes");
            }
        }

        Bytes += entry.Bytes;
        var places = Place(bundle, path, tensors);
        Copy(bundle, path, tensors, places);
        _memory.ForEach(memory => memory.Seal());
        for (var i = 0; i < tensors.Count; i++)
        {
            var tensor = tensors[i];
            _values.Add(
                (
                    tensor.Name,
                    OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, tensor.Type, tensor.Shape, places[i], tensor.Length)
                )
            );
        }
    }

    /// <summary>Takes memory: a stretch for each large tensor, one for all the others.</summary>
    private nint[] Place(Bundle bundle, string path, List<ExternalTensor> tensors)
    {
        var descriptor = WeightMemory.Keep(bundle.OpenHandle(path));
        if (descriptor is not null)
        {
            _files.Add(descriptor);
        }

        var places = new nint[tensors.Count];
        var small = WeightMemory.Take(
            0,
            tensors.Where(tensor => tensor.Length < LargeTensor).Sum(tensor => Aligned(tensor.Length)) + Alignment
        );
        _memory.Add(small);
        var next = small.Address;
        for (var i = 0; i < places.Length; i++)
        {
            var tensor = tensors[i];
            if (tensor.Length < LargeTensor)
            {
                places[i] = next;
                next += (nint)Aligned(tensor.Length);
                continue;
            }

            var memory = WeightMemory.Take(tensor.Offset, tensor.Length);
            _memory.Add(memory);
            places[i] = memory.Address;
            if (descriptor is not null)
            {
                _releasable.Add((memory, descriptor));
            }
        }

        return places;
    }

    private static void Copy(Bundle bundle, string path, List<ExternalTensor> tensors, nint[] places)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            // Read to the end, where the stream finds out whether this is what was verified.
            using var stream = bundle.OpenRead(path);
            var (begin, first) = (0L, 0);
            int count;
            while ((count = stream.Read(buffer)) > 0)
            {
                var end = begin + count;
                while (first < tensors.Count && tensors[first].Offset + tensors[first].Length <= begin)
                {
                    first++;
                }

                for (var i = first; i < tensors.Count && tensors[i].Offset < end; i++)
                {
                    var tensor = tensors[i];
                    var from = Math.Max(begin, tensor.Offset);
                    var to = Math.Min(end, tensor.Offset + tensor.Length);
                    if (to > from)
                    {
                        System.Runtime.InteropServices.Marshal.Copy(
                            buffer,
                            (int)(from - begin),
                            places[i] + (nint)(from - tensor.Offset),
                            (int)(to - from)
                        );
                    }
                }

                begin = end;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
