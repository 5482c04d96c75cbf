using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// One tower on the CPU: a session, and the pinned memory that its runs use. As many buffers come to exist as runs overlap,
/// which is one for each worker of the lane.
/// </summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class OnnxTower<T> : ITower<T>
    where T : unmanaged
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ConcurrentBag<Buffers> _idle = [];
    private readonly RunLifetime _lifetime;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly TensorElementType _type;
    private readonly int _dimension;

    /// <summary>Takes over a session whose contract was checked.</summary>
    public OnnxTower(InferenceSession session, string input, string output, TensorElementType type, int dimension)
    {
        _session = session;
        _inputNames = [input];
        _outputNames = [output];
        _type = type;
        _dimension = dimension;
        _lifetime = new RunLifetime(() =>
        {
            _session.Dispose();
            _runOptions.Dispose();
        });
    }

    /// <inheritdoc/>
    public void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings)
    {
        _lifetime.Enter();
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
            _lifetime.Exit();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    private sealed class Buffers(TensorElementType type)
    {
        public PinnedBuffer<T> Input { get; } = new(type);

        public PinnedBuffer<float> Output { get; } = new(TensorElementType.Float);
    }
}
