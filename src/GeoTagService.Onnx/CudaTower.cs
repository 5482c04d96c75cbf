using System.Collections.Concurrent;
using GeoTagService.Core.Batching;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// One tower on a CUDA card. Batches are filled into, and read from, page-locked memory, which the card copies from by
/// itself; one set of buffers and its binding is kept for each shape, of which bucketing leaves few. Two of the lane's
/// workers run at once: while one batch computes, the other one's input is filled and copied.
/// </summary>
/// <remarks>Compiled and reviewed, not yet run on a card. CUDA graphs are left out on purpose: a replay reads the addresses that
/// were captured, while binding an input from host memory gives it a new device buffer; replaying would answer with
/// another batch's photos.</remarks>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class CudaTower<T> : ITower<T>
    where T : unmanaged
{
    private const string PinnedMemory = "CudaPinned";

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtMemoryInfo _pinned;
    private readonly OrtAllocator _allocator;
    private readonly ConcurrentDictionary<string, ConcurrentBag<Bound>> _idle = new(StringComparer.Ordinal);
    private readonly RunLifetime _lifetime;
    private readonly string _input;
    private readonly string _output;
    private readonly TensorElementType _type;
    private readonly int _dimension;

    /// <summary>Takes over a session whose contract was checked.</summary>
    public CudaTower(
        InferenceSession session, string input, string output, TensorElementType type, int dimension, int deviceId)
    {
        _session = session;
        _input = input;
        _output = output;
        _type = type;
        _dimension = dimension;
        _pinned = new OrtMemoryInfo(PinnedMemory, OrtAllocatorType.DeviceAllocator, deviceId, OrtMemType.CpuOutput);
        _allocator = new OrtAllocator(session, _pinned);
        _lifetime = new RunLifetime(Free);
    }

    /// <inheritdoc/>
    public void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings, MachineShare share)
    {
        _lifetime.Enter();
        try
        {
            var idle = _idle.GetOrAdd(string.Join('x', shape), static _ => []);
            if (!idle.TryTake(out var bound))
            {
                bound = new Bound(_session, _allocator, _type, shape, _output, _dimension);
            }

            var finished = false;
            try
            {
                fill(batch, bound.Input.GetTensorMutableDataAsSpan<T>());
                // Binding copies to the card; the run leaves its result in the bound page-locked output.
                bound.Binding.BindInput(_input, bound.Input);
                bound.Binding.SynchronizeBoundInputs();
                _session.RunWithBinding(_runOptions, bound.Binding);
                bound.Binding.SynchronizeBoundOutputs();
                bound.Output.GetTensorDataAsSpan<float>()[..(rows * _dimension)].CopyTo(embeddings);
                finished = true;
            }
            finally
            {
                if (finished)
                {
                    idle.Add(bound);
                }
                else
                {
                    bound.Dispose();
                }
            }
        }
        finally
        {
            _lifetime.Exit();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    private void Free()
    {
        foreach (var bound in _idle.Values.SelectMany(bag => bag))
        {
            bound.Dispose();
        }

        _allocator.Dispose();
        _pinned.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    /// <summary>Page-locked input and output of one shape, and their binding.</summary>
    private sealed class Bound : IDisposable
    {
        public Bound(
            InferenceSession session,
            OrtAllocator allocator,
            TensorElementType type,
            long[] shape,
            string output,
            int dimension)
        {
            Input = OrtValue.CreateAllocatedTensorValue(allocator, type, shape);
            Output = OrtValue.CreateAllocatedTensorValue(allocator, TensorElementType.Float, [shape[0], dimension]);
            Binding = session.CreateIoBinding();
            Binding.BindOutput(output, Output);
        }

        public OrtValue Input { get; }

        public OrtValue Output { get; }

        public OrtIoBinding Binding { get; }

        public void Dispose()
        {
            Binding.Dispose();
            Input.Dispose();
            Output.Dispose();
        }
    }
}
