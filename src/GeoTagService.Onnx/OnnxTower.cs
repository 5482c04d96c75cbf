using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// One tower: a session, and the pinned memory that its runs use. As many buffers come to exist as runs overlap,
/// which is one for each worker of the lane.
/// </summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class OnnxTower<T> : IDisposable
    where T : unmanaged
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ConcurrentBag<Buffers> _idle = [];
    private readonly Lock _lifetime = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly TensorElementType _type;
    private readonly int _dimension;
    private int _running;
    private bool _disposed;

    /// <summary>Takes over a session whose contract was checked.</summary>
    public OnnxTower(InferenceSession session, string input, string output, TensorElementType type, int dimension)
    {
        _session = session;
        _inputNames = [input];
        _outputNames = [output];
        _type = type;
        _dimension = dimension;
    }

    /// <summary>Fills the tower's input with a batch.</summary>
    public delegate void Fill<in TBatch>(TBatch batch, Span<T> input);

    /// <summary>Runs a batch.</summary>
    /// <param name="batch">Handed to <paramref name="fill"/>.</param>
    /// <param name="fill">Writes every element of the input.</param>
    /// <param name="shape">The input's shape, rows first.</param>
    /// <param name="rows">How many of the rows are wanted; the others only fill a fixed shape.</param>
    /// <param name="embeddings">Receives rows × dimension.</param>
    public void Run<TBatch>(TBatch batch, Fill<TBatch> fill, long[] shape, int rows, Span<float> embeddings)
    {
        Enter();
        try
        {
            if (!_idle.TryTake(out var buffers))
            {
                buffers = new Buffers(_type);
            }

            var length = 1;
            foreach (var size in shape)
            {
                length = checked(length * (int)size);
            }

            var output = buffers.Output.Take(checked((int)shape[0] * _dimension));
            fill(batch, buffers.Input.Take(length));
            using (var input = buffers.Input.AsTensor(shape))
            using (var result = buffers.Output.AsTensor(shape[0], _dimension))
            {
                _session.Run(_runOptions, _inputNames, [input], _outputNames, [result]);
            }

            output[..(rows * _dimension)].CopyTo(embeddings);
            // Only after a success: whatever a failed run left behind is not used again.
            _idle.Add(buffers);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Frees the native memory, at once or, while a run is under way, at its end.</summary>
    public void Dispose()
    {
        lock (_lifetime)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (_running > 0)
            {
                return;
            }
        }

        Free();
    }

    private void Enter()
    {
        lock (_lifetime)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running++;
        }
    }

    private void Exit()
    {
        lock (_lifetime)
        {
            if (--_running > 0 || !_disposed)
            {
                return;
            }
        }

        Free();
    }

    private void Free()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    private sealed class Buffers(TensorElementType type)
    {
        public PinnedBuffer<T> Input { get; } = new(type);

        public PinnedBuffer<float> Output { get; } = new(TensorElementType.Float);
    }
}
