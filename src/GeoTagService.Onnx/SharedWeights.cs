using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>
/// A tower's weights, held once for all of its sessions, and the repacked ones, kept once for all that pack. They are copied
/// out of their file and checked on the way, so that nothing that happens to the file later changes an answer or ends the process
/// (a mapped file that is truncated does). Those that are packed at once can be left in their mapped file until then. ONNX Runtime
/// shares repacked weights only of tensors that it was handed by their owner, which is why they are not left for it to find. Freed
/// with the last session that holds it.
/// </summary>
internal sealed class SharedWeights : IDisposable
{
    /// <summary>Some ten megabytes are packed in this time.</summary>
    private const int Looks = 4;
    private const int MillisecondsInMemory = 10;

    private readonly List<WeightsFile> _files = [];
    private readonly List<(string Name, OrtValue Value)> _values = [];
    private int _holders = 1;

    private SharedWeights() { }

    /// <summary>Size of all weights.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether weights are read from their mapped files so far: <see cref="Settle"/> is to end that.</summary>
    public bool AreMapped => _files.Exists(file => file.IsMapped);

    /// <summary>The repacked weights.</summary>
    public PrePackedWeightsContainer Packed { get; } = new();

    /// <summary>Reads a graph's weights.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">The graph's file.</param>
    /// <param name="map">Leaves large ones in their mapped files, where the system can do that.</param>
    /// <returns>The weights, held once for the caller; null where none lie beside the graph.</returns>
    /// <exception cref="BundleException">The graph or the weights cannot be read, do not fit each other, or are not what was
    /// verified.</exception>
    public static SharedWeights? Load(Bundle bundle, string file, bool map = false)
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
                weights.Add(bundle, file, inFile.Key, [.. inFile.OrderBy(tensor => tensor.Offset)], map);
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

    /// <summary>Does what reads each weight once. Pages of mapped files that were read leave memory soon after, so that both forms
    /// of the weights are never in memory as a whole.</summary>
    /// <param name="read">Opens a session.</param>
    public T ReadOnce<T>(Func<T> read)
    {
        if (!AreMapped)
        {
            return read();
        }

        using var done = new ManualResetEventSlim();
        var sweeping = Task.Factory.StartNew(
            () =>
            {
                while (!done.Wait(MillisecondsInMemory))
                {
                    Forget();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        try
        {
            return read();
        }
        finally
        {
            done.Set();
            sweeping.GetAwaiter().GetResult();
            Forget();
        }
    }

    /// <summary>Makes the process independent of the files of mapped weights: those that runs read are copied, the others were
    /// repacked. Nobody may use the weights meanwhile.</summary>
    /// <param name="run">Runs of all kinds that there will be; false where they failed.</param>
    /// <returns>Bytes that were not copied.</returns>
    /// <exception cref="BundleException">A file is no longer what was verified.</exception>
    public long Settle(Func<bool> run)
    {
        lock (MemoryPages.Watching)
        {
            Forget();
            var ran = run();
            return _files.Sum(file => file.Settle(all: !ran));
        }
    }

    /// <summary>Lets go of what runs do not read any more, because they read it repacked.</summary>
    /// <param name="run">Runs of all kinds that there will be.</param>
    /// <returns>Bytes let go of: none where the system does not tell what is read.</returns>
    public long LetGoOfUnread(Action run)
    {
        lock (MemoryPages.Watching)
        {
            if (!_files.Exists(file => file.IsReleasable) || !MemoryPages.ForgetUses())
            {
                return 0;
            }

            // Several times: a kernel that watches pages itself takes some of the marks away.
            var used = new HashSet<nint>();
            for (var look = 0; look < Looks; look++)
            {
                run();
                used.UnionWith(MemoryPages.UsedRegions());
            }

            return _files.Sum(file => file.LetGoOfAllBut(used));
        }
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
            _files.ForEach(file => file.Dispose());
        }
    }

    private void Forget() => _files.ForEach(file => file.Forget());

    /// <summary>Reads one file.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="graph">The graph's file.</param>
    /// <param name="name">The weights' file as the graph names it.</param>
    /// <param name="tensors">Its tensors, by offset.</param>
    /// <param name="map">Whether to map it, where that can be done.</param>
    private void Add(Bundle bundle, string graph, string name, List<ExternalTensor> tensors, bool map)
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
        var file = new WeightsFile(bundle, path, tensors);
        _files.Add(file);
        if (!map || !file.Map())
        {
            file.Copy();
        }

        foreach (var (tensor, place) in file.Tensors)
        {
            _values.Add(
                (
                    tensor.Name,
                    OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, tensor.Type, tensor.Shape, place, tensor.Length)
                )
            );
        }
    }
}
