using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx.Cuda;

/// <summary>
/// What one run on the card works with: page-locked memory on this side, buffers on the card's, a stream for the copies between
/// them, and a binding of the buffers for every shape that was seen. Memory grows to the largest batch and stays. One run
/// at a time.
/// </summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class CudaSlot<T> : IDisposable
    where T : unmanaged
{
    private const string DeviceMemory = "Cuda";
    private const string GraphNumber = "gpu_graph_id";
    private const string NoGraph = "-1";

    /// <summary>A CUDA graph saves the launches' time, which shows while a batch's kernels are short. Larger batches do without
    /// the memory that each graph takes.</summary>
    private const long LargestGraph = 32;

    private readonly CudaRuntime _runtime;
    private readonly CudaTowerPlan _plan;
    private readonly InferenceSession _session;
    private readonly OrtMemoryInfo _memory;
    private readonly OrtAllocator _allocator;
    private readonly Dictionary<string, Bound> _bound = new(StringComparer.Ordinal);
    private readonly nint _stream;
    private Buffer _input;
    private Buffer _output;
    private int _graphs;

    /// <summary>Makes a slot; its memory comes with the first run.</summary>
    /// <param name="runtime">CUDA's runtime.</param>
    /// <param name="plan">Names and sizes.</param>
    /// <param name="session">The session that runs; not owned.</param>
    public CudaSlot(CudaRuntime runtime, CudaTowerPlan plan, InferenceSession session)
    {
        _runtime = runtime;
        _plan = plan;
        _session = session;
        runtime.UseDevice(plan.Device);
        _memory = new OrtMemoryInfo(DeviceMemory, OrtAllocatorType.DeviceAllocator, plan.Device, OrtMemType.Default);
        _allocator = new OrtAllocator(session, _memory);
        _stream = runtime.CreateStream();
    }

    /// <summary>How many shapes are bound.</summary>
    public int BoundShapes => _bound.Count;

    /// <summary>Runs a batch.</summary>
    public unsafe void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings)
    {
        // The calling thread may be any.
        _runtime.UseDevice(_plan.Device);
        var elements = 1L;
        foreach (var size in shape)
        {
            elements = checked(elements * size);
        }

        var bound = Bind(shape, elements);
        fill(batch, new Span<T>((void*)_input.Pinned, checked((int)elements)));
        _runtime.CopyIn(_input.Device, _input.Pinned, elements * Unsafe.SizeOf<T>(), _stream);
        // Comes back when the session's own stream is done.
        _session.RunWithBinding(bound.Options, bound.Binding);
        _runtime.CopyOut(_output.Pinned, _output.Device, shape[0] * _plan.Dimension * sizeof(float), _stream);
        new ReadOnlySpan<float>((void*)_output.Pinned, rows * _plan.Dimension).CopyTo(embeddings);
    }

    /// <summary>Looks, after a failed run, whether the card is lost.</summary>
    public void FindOutWhetherLost() => _runtime.FindOutWhetherLost(_stream);

    public void Dispose()
    {
        Forget();
        _input.Free(_runtime);
        _output.Free(_runtime);
        _runtime.DestroyStream(_stream);
        _allocator.Dispose();
        _memory.Dispose();
    }

    private Bound Bind(long[] shape, long elements)
    {
        var key = string.Join('x', shape);
        if (_bound.TryGetValue(key, out var bound))
        {
            return bound;
        }

        Grow(ref _input, elements * Unsafe.SizeOf<T>());
        Grow(ref _output, shape[0] * _plan.Dimension * sizeof(float));
        bound = new Bound(
            _session.CreateIoBinding(),
            OrtValue.CreateTensorValueWithData(_memory, _plan.Type, shape, _input.Device, elements * Unsafe.SizeOf<T>()),
            OrtValue.CreateTensorValueWithData(
                _memory, TensorElementType.Float, [shape[0], _plan.Dimension], _output.Device, shape[0] * _plan.Dimension * sizeof(float)),
            new RunOptions());
        bound.Binding.BindInput(_plan.Input, bound.Input);
        bound.Binding.BindOutput(_plan.Output, bound.Output);
        if (_plan.HasGraphs)
        {
            // A replay reads the addresses that were captured: a number is never used again, not even for the same shape.
            bound.Options.AddRunConfigEntry(GraphNumber, shape[0] <= LargestGraph ? (++_graphs).ToString() : NoGraph);
        }

        _bound.Add(key, bound);
        return bound;
    }

    /// <summary>Makes room for so many bytes on both sides; what was bound to the old room is forgotten.</summary>
    private void Grow(ref Buffer buffer, long bytes)
    {
        if (buffer.Bytes >= bytes)
        {
            return;
        }

        Forget();
        buffer.Free(_runtime);
        buffer = default;
        var device = OrtValue.CreateAllocatedTensorValue(_allocator, TensorElementType.UInt8, [bytes]);
        try
        {
            buffer = new Buffer(bytes, _runtime.AllocatePinned(bytes), device);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private void Forget()
    {
        foreach (var bound in _bound.Values)
        {
            bound.Dispose();
        }

        _bound.Clear();
    }

    /// <summary>The same number of bytes, page-locked and on the card.</summary>
    private readonly record struct Buffer(long Bytes, nint Pinned, OrtValue? Value)
    {
        public nint Device { get; } = Value is null ? 0 : AddressOf(Value);

        public void Free(CudaRuntime runtime)
        {
            if (Value is not null)
            {
                Value.Dispose();
                runtime.FreePinned(Pinned);
            }
        }

        private static unsafe nint AddressOf(OrtValue value) =>
            (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(value.GetTensorMutableRawData()));
    }

    private sealed record Bound(OrtIoBinding Binding, OrtValue Input, OrtValue Output, RunOptions Options) : IDisposable
    {
        public void Dispose()
        {
            Binding.Dispose();
            Input.Dispose();
            Output.Dispose();
            Options.Dispose();
        }
    }
}
