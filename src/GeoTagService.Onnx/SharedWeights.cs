using System.IO.MemoryMappedFiles;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>
/// A tower's weights, mapped once for all of its sessions, and the repacked ones, kept once for all that pack. ONNX
/// Runtime shares repacked weights only of tensors that it was handed by their owner, which is why they are not left for it
/// to find. Freed with the last session that holds it.
/// </summary>
internal sealed class SharedWeights : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly nint _address;
    private readonly long _length;
    private readonly string[] _names;
    private readonly OrtValue[] _values;
    private int _holders = 1;

    private SharedWeights(string path, string file, IReadOnlyList<ExternalTensor> tensors)
    {
        _length = new FileInfo(path).Length;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset < 0 || tensor.Length < 0 || tensor.Offset > _length - tensor.Length)
            {
                throw new BundleException($"{file}: the weight '{tensor.Name}' lies outside {tensor.File}, which has {_length} bytes");
            }
        }

        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        unsafe
        {
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _address = (nint)start;
        }

        _names = [.. tensors.Select(tensor => tensor.Name)];
        _values = new OrtValue[tensors.Count];
        try
        {
            for (var i = 0; i < _values.Length; i++)
            {
                var tensor = tensors[i];
                _values[i] = OrtValue.CreateTensorValueWithData(
                    OrtMemoryInfo.DefaultInstance, tensor.Type, tensor.Shape, _address + (nint)tensor.Offset, tensor.Length);
            }
        }
        catch (OnnxRuntimeException fault)
        {
            Free();
            throw new BundleException($"{file}: a weight's shape does not fit its bytes: {fault.Message}", fault);
        }
    }

    /// <summary>Size of their file.</summary>
    public long Bytes => _length;

    /// <summary>The repacked weights.</summary>
    public PrePackedWeightsContainer Packed { get; } = new();

    /// <summary>Maps a graph's weights.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">The graph's file.</param>
    /// <returns>The weights, held once for the caller; null where they do not lie in one file beside the graph.</returns>
    /// <exception cref="BundleException">The graph cannot be read, or does not fit the weights.</exception>
    public static SharedWeights? Map(Bundle bundle, string file)
    {
        if (bundle.GetPhysicalPath(file) is not { } graph)
        {
            return null;
        }

        var tensors = ExternalTensors.Read(File.ReadAllBytes(graph), file);
        var names = tensors.Select(tensor => tensor.File).Distinct(StringComparer.Ordinal).ToArray();
        // Its name alone: nothing outside the bundle is ever opened.
        if (names is not [{ Length: > 0 } name] || Path.GetFileName(name) != name)
        {
            return null;
        }

        var path = Path.Combine(Path.GetDirectoryName(graph)!, name);
        return File.Exists(path) ? new SharedWeights(path, file, tensors) : null;
    }

    /// <summary>Has a session use them.</summary>
    public void AddTo(SessionOptions options)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            options.AddInitializer(_names[i], _values[i]);
        }
    }

    /// <summary>Lets the system take the mapped pages back: what is still needed comes back by itself, what was repacked does
    /// not.</summary>
    public void Forget() => MemoryPages.Forget(_address, _length);

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
            Free();
        }
    }

    private void Free()
    {
        foreach (var value in _values)
        {
            value?.Dispose();
        }

        Packed.Dispose();
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
