using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

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
    private readonly RunOptions _plain = new();
    private readonly nint _stream;
    private Buffer _input;
    private Buffer _pixels;
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
        if (bound.Pixels is { } pixels)
        {
            _plan.Pixels!.RunWithBinding(_plain, pixels);
        }

        // Comes back when the session's own stream is done, as the one before.
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
        _pixels.Free(_runtime);
        _output.Free(_runtime);
        _plain.Dispose();
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

        Grow(ref _input, elements * Unsafe.SizeOf<T>(), isPinned: true);
        Grow(ref _output, shape[0] * _plan.Dimension * sizeof(float), isPinned: true);
        if (_plan.Pixels is not null)
        {
            Grow(ref _pixels, elements * sizeof(float), isPinned: false);
        }

        bound = new Bound(_session.CreateIoBinding(), new RunOptions());
        var input = bound.Keep(View(_plan.Type, shape, _input, elements * Unsafe.SizeOf<T>()));
        if (_plan.Pixels is { } session)
        {
            // Bytes are interleaved; what the tower reads is planes.
            var pixels = bound.Keep(
                View(TensorElementType.Float, [shape[0], shape[3], shape[1], shape[2]], _pixels, elements * sizeof(float))
            );
            bound.Pixels = session.CreateIoBinding();
            bound.Pixels.BindInput(PixelGraph.Input, input);
            bound.Pixels.BindOutput(PixelGraph.Output, pixels);
            input = pixels;
        }

        bound.Binding.BindInput(_plan.Input, input);
        bound.Binding.BindOutput(
            _plan.Output,
            bound.Keep(View(TensorElementType.Float, [shape[0], _plan.Dimension], _output, shape[0] * _plan.Dimension * sizeof(float)))
        );
        if (_plan.HasGraphs)
        {
            // A replay reads the addresses that were captured: a number is never used again, not even for the same shape.
            bound.Options.AddRunConfigEntry(GraphNumber, shape[0] <= LargestGraph ? (++_graphs).ToString() : NoGraph);
        }

        _bound.Add(key, bound);
        return bound;
    }

    private OrtValue View(TensorElementType type, long[] shape, Buffer buffer, long bytes) =>
        OrtValue.CreateTensorValueWithData(_memory, type, shape, buffer.Device, bytes);

    /// <summary>Makes room for so many bytes, on both sides or on the card's alone; what was bound to the old room is forgotten.
    /// </summary>
    private void Grow(ref Buffer buffer, long bytes, bool isPinned)
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
            buffer = new Buffer(bytes, isPinned ? _runtime.AllocatePinned(bytes) : 0, device);
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

    /// <summary>So many bytes on the card, and as many page-locked ones where they are copied.</summary>
    private readonly record struct Buffer(long Bytes, nint Pinned, OrtValue? Value)
    {
        public nint Device { get; } = Value is null ? 0 : AddressOf(Value);

        public void Free(CudaRuntime runtime)
        {
            if (Value is not null)
            {
                Value.Dispose();
                if (Pinned != 0)
                {
                    runtime.FreePinned(Pinned);
                }
            }
        }

        private static unsafe nint AddressOf(OrtValue value) =>
            (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(value.GetTensorMutableRawData()));
    }

    /// <summary>One shape's bindings, and the views of the buffers that they hold.</summary>
    private sealed class Bound(OrtIoBinding binding, RunOptions options) : IDisposable
    {
        private readonly List<OrtValue> _views = [];

        public OrtIoBinding Binding { get; } = binding;

        public OrtIoBinding? Pixels { get; set; }

        public RunOptions Options { get; } = options;

        public OrtValue Keep(OrtValue view)
        {
            _views.Add(view);
            return view;
        }

        public void Dispose()
        {
            Binding.Dispose();
            Pixels?.Dispose();
            _views.ForEach(view => view.Dispose());
            Options.Dispose();
        }
    }
}
