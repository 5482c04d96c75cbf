namespace GeoTagService.Core.Encoders;

/// <summary>Where the model stands.</summary>
public enum ReadinessState
{
    /// <summary>The bundle's files are being loaded.</summary>
    Loading,

    /// <summary>Loaded; the first inferences are running.</summary>
    Warming,

    /// <summary>Requests are served.</summary>
    Ready,

    /// <summary>Work is queued and nothing moves.</summary>
    Stalled,

    /// <summary>The encoder failed on a known photo or title; it is tried again, and meanwhile nothing is taken on.</summary>
    Failing,

    /// <summary>The process is stopping: queued work is finished, new work is refused.</summary>
    Draining,

    /// <summary>The model could not be brought to work, or does not work any more; the process is about to end.</summary>
    Failed,
}

/// <summary>Where the model stands, and why.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">A sentence for operators, without paths.</param>
public sealed record Readiness(ReadinessState State, string Reason)
{
    /// <summary>Whether requests are served.</summary>
    public bool IsReady => State == ReadinessState.Ready;
}

/// <summary>The one place that says whether the service can answer: read by the readiness probe and by the tagger.</summary>
public sealed class ModelReadiness
{
    private volatile Readiness _current = new(ReadinessState.Loading, "the model is being loaded");
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Func<string?>? _stallProbe;

    /// <summary>Where the model stands now. While it serves, this asks the lanes whether they still move.</summary>
    public Readiness Current
    {
        get
        {
            var current = _current;
            return current.IsReady && _stallProbe?.Invoke() is { } stalled ? new Readiness(ReadinessState.Stalled, stalled) : current;
        }
    }

    /// <summary>Ends when the model has left its start behind, whether it serves then or not.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Moves to another state.</summary>
    internal void Set(ReadinessState state, string reason)
    {
        _current = new Readiness(state, reason);
        if (state is not (ReadinessState.Loading or ReadinessState.Warming))
        {
            _settled.TrySetResult();
        }
    }

    /// <summary>Sets what tells, while the model serves, whether a lane has work and does not move: the reason, or null.</summary>
    internal void WatchFor(Func<string?> stallProbe) => _stallProbe = stallProbe;
}
