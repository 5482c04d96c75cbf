using System.Collections.Concurrent;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Telemetry;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// One tower on the CPU: a session for runs that have the machine for themselves, one for runs beside others once there is
/// one, and the pinned memory that runs use. As many buffers come to exist as runs overlap, which is one for each worker of
/// the lane. Sessions may be replaced while runs are under way.
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
    private readonly SharedWeights? _weights;
    private readonly CoreAffinity? _affinity;
    private readonly OptionalSteps _optional;
    private SessionInUse _whole;
    private SessionInUse? _part;
    private bool _disposed;

    /// <summary>Takes over a session whose contract was checked, and the caller's hold of its weights.</summary>
    public OnnxTower(
        InferenceSession session,
        SharedWeights? weights,
        string input,
        string output,
        TensorElementType type,
        int dimension,
        CoreAffinity? affinity,
        OptionalSteps optional
    )
    {
        _optional = optional;
        _affinity = affinity;
        _weights = weights;
        _whole = new SessionInUse(session, weights);
        _inputNames = [input];
        _outputNames = [output];
        _type = type;
        _dimension = dimension;
    }

    /// <inheritdoc/>
    public void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings, MachineShare share)
    {
        var use = Enter(share);
        try
        {
            if (!_idle.TryTake(out var buffers))
            {
                buffers = new Buffers(_type);
            }

            var output = buffers.Output.Take(checked((int)shape[0] * _dimension));
            fill(batch, buffers.Input.Take(Elements(shape)));
            RunPinned(share == MachineShare.Whole ? _affinity : null, use, buffers, shape);
            output[..(rows * _dimension)].CopyTo(embeddings);
            // Only after a success: whatever a failed run left behind is not used again.
            _idle.Add(buffers);
        }
        finally
        {
            use.Lifetime.Exit();
        }
    }

    /// <summary>Puts another session of the same graph in the place of the one for such runs, which is freed when its last run
    /// ends.</summary>
    /// <param name="share">For which runs.</param>
    /// <param name="open">Opens the newcomer over the weights; not called once the tower was disposed.</param>
    /// <param name="largest">What the newcomer runs first, so that no request waits for its memory to grow; null to leave
    /// that to a warm-up.</param>
    public void Replace(MachineShare share, Func<SharedWeights?, InferenceSession> open, long[]? largest)
    {
        if (!TryHold(out var held))
        {
            return;
        }

        SessionInUse? outgoing = null;
        try
        {
            outgoing = new SessionInUse(open(held), held);
            if (largest is { } shape)
            {
                var buffers = new Buffers(_type);
                buffers.Output.Take(checked((int)shape[0] * _dimension));
                buffers.Input.Take(Elements(shape)).Clear();
                RunSession(outgoing, buffers, shape);
            }

            lock (_exchange)
            {
                // A tower that was disposed meanwhile frees the newcomer.
                if (!_disposed)
                {
                    var newcomer = outgoing;
                    outgoing = share == MachineShare.Whole ? _whole : _part;
                    (_whole, _part) = share == MachineShare.Whole ? (newcomer, _part) : (_whole, newcomer);
                }
            }
        }
        finally
        {
            outgoing?.Lifetime.Dispose();
            held?.Dispose();
        }

        // Its last run may still be under way, on weights that are about to be let go of.
        outgoing?.Freed.Wait();
    }

    /// <summary>Lets go of the weights that the sessions do not read, because they were repacked, and of the files of those that
    /// were mapped until now.</summary>
    /// <param name="shape">A small batch's.</param>
    /// <returns>Bytes let go of.</returns>
    /// <exception cref="Core.BundleException">Mapped weights are no longer what was verified.</exception>
    public long LetGoOfUnreadWeights(long[] shape)
    {
        if (_weights is null || !TryHold(out var held))
        {
            return 0;
        }

        try
        {
            return held!.AreMapped ? held.Settle(() => _optional.Try("less memory for weights", Run)) : held.LetGoOfUnread(Run);
        }
        finally
        {
            held?.Dispose();
        }

        void Run()
        {
            Exercise(MachineShare.Whole, shape);
            if (_part is not null)
            {
                Exercise(MachineShare.Part, shape);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_exchange)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _whole.Lifetime.Dispose();
            _part?.Lifetime.Dispose();
            _weights?.Dispose();
        }
    }

    /// <summary>Holds the weights, unless the tower was disposed.</summary>
    private bool TryHold(out SharedWeights? held)
    {
        lock (_exchange)
        {
            held = _disposed ? null : _weights?.Hold();
            return !_disposed;
        }
    }

    /// <summary>A run whose result nobody wants.</summary>
    private void Exercise(MachineShare share, long[] shape)
    {
        var buffers = new Buffers(_type);
        buffers.Output.Take(checked((int)shape[0] * _dimension));
        buffers.Input.Take(Elements(shape)).Clear();
        var use = Enter(share);
        try
        {
            RunSession(use, buffers, shape);
        }
        finally
        {
            use.Lifetime.Exit();
        }
    }

    private SessionInUse Enter(MachineShare share)
    {
        lock (_exchange)
        {
            // Until there is one for parts, its threads are shared.
            var use = share == MachineShare.Part ? _part ?? _whole : _whole;
            use.Lifetime.Enter();
            return use;
        }
    }

    private void RunPinned(CoreAffinity? affinity, SessionInUse use, Buffers buffers, long[] shape)
    {
        if (affinity?.Pin() == false)
        {
            _optional.Failed("a core for each thread", "the system does not let this process choose its cores");
        }

        try
        {
            RunSession(use, buffers, shape);
        }
        finally
        {
            affinity?.Free();
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
        public SessionInUse(InferenceSession session, SharedWeights? weights)
        {
            Session = session;
            var held = weights?.Hold();
            Lifetime = new RunLifetime(() =>
            {
                Session.Dispose();
                Options.Dispose();
                held?.Dispose();
                Freed.Set();
            });
        }

        public InferenceSession Session { get; }

        public RunOptions Options { get; } = new();

        public RunLifetime Lifetime { get; }

        /// <summary>Set when nothing of it is left.</summary>
        public ManualResetEventSlim Freed { get; } = new();
    }

    private sealed class Buffers(TensorElementType type)
    {
        public PinnedBuffer<T> Input { get; } = new(type);

        public PinnedBuffer<float> Output { get; } = new(TensorElementType.Float);
    }
}
