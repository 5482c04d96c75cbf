using System.Collections.Concurrent;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// One tower on the CPU: a session, and the pinned memory that its runs use. As many buffers come to exist as runs overlap,
/// which is one for each worker of the lane. The session may be replaced while runs are under way.
/// </summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class OnnxTower<T> : ITower<T>
    where T : unmanaged
{
    private readonly ConcurrentBag<Buffers> _idle = [];
    private readonly Lock _exchange = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly TensorElementType _type;
    private readonly int _dimension;
    private SessionInUse _active;
    private long[]? _largest;
    private bool _disposed;

    /// <summary>Takes over a session whose contract was checked.</summary>
    public OnnxTower(InferenceSession session, string input, string output, TensorElementType type, int dimension)
    {
        _active = new SessionInUse(session);
        _inputNames = [input];
        _outputNames = [output];
        _type = type;
        _dimension = dimension;
    }

    /// <inheritdoc/>
    public void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings)
    {
        var use = Enter();
        try
        {
            if (!_idle.TryTake(out var buffers))
            {
                buffers = new Buffers(_type);
            }

            var output = buffers.Output.Take(checked((int)shape[0] * _dimension));
            fill(batch, buffers.Input.Take(Elements(shape)));
            RunSession(use, buffers, shape);
            output[..(rows * _dimension)].CopyTo(embeddings);
            // Only after a success: whatever a failed run left behind is not used again.
            _idle.Add(buffers);
            if (_largest is not { } largest || Elements(shape) > Elements(largest))
            {
                _largest = shape;
            }
        }
        finally
        {
            use.Lifetime.Exit();
        }
    }

    /// <summary>Puts another session of the same graph in the place of this one, which is freed when its last run ends.</summary>
    /// <param name="session">The newcomer.</param>
    /// <param name="warmed">Whether it first runs the largest batch that was seen, so that no request waits for its memory to
    /// grow.</param>
    public void Replace(InferenceSession session, bool warmed)
    {
        var newcomer = new SessionInUse(session);
        try
        {
            if (warmed && _largest is { } shape)
            {
                var buffers = new Buffers(_type);
                buffers.Output.Take(checked((int)shape[0] * _dimension));
                buffers.Input.Take(Elements(shape)).Clear();
                RunSession(newcomer, buffers, shape);
            }

            lock (_exchange)
            {
                // A tower that was disposed meanwhile frees the newcomer.
                if (!_disposed)
                {
                    (_active, newcomer) = (newcomer, _active);
                }
            }
        }
        finally
        {
            newcomer.Lifetime.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_exchange)
        {
            _disposed = true;
            _active.Lifetime.Dispose();
        }
    }

    private SessionInUse Enter()
    {
        lock (_exchange)
        {
            _active.Lifetime.Enter();
            return _active;
        }
    }

    private void RunSession(SessionInUse use, Buffers buffers, long[] shape)
    {
        using var input = buffers.Input.AsTensor(shape);
        using var result = buffers.Output.AsTensor(shape[0], _dimension);
        use.Session.Run(use.Options, _inputNames, [input], _outputNames, [result]);
    }

    private static int Elements(long[] shape)
    {
        var length = 1;
        foreach (var size in shape)
        {
            length = checked(length * (int)size);
        }

        return length;
    }

    /// <summary>A session, freed when it was given up and its last run has ended.</summary>
    private sealed class SessionInUse
    {
        public SessionInUse(InferenceSession session)
        {
            Session = session;
            Lifetime = new RunLifetime(() =>
            {
                Session.Dispose();
                Options.Dispose();
            });
        }

        public InferenceSession Session { get; }

        public RunOptions Options { get; } = new();

        public RunLifetime Lifetime { get; }
    }

    private sealed class Buffers(TensorElementType type)
    {
        public PinnedBuffer<T> Input { get; } = new(type);

        public PinnedBuffer<float> Output { get; } = new(TensorElementType.Float);
    }
}
