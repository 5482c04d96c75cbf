namespace GeoTagService.Core.Batching;

/// <summary>
/// Which native runs may be under way, over both lanes: one that has the whole machine, or as many as the machine is
/// divided into. One run on every core answers soonest; several beside one another, each on its own part, do more, because
/// none waits for another's threads (docs/decisions/engine-plan.md). First come, first served, so that a busy lane cannot
/// starve the other.
/// </summary>
/// <param name="parts">Runs that may be under way at once.</param>
/// <param name="hasWholeRuns">Whether a run may have the machine for itself; otherwise all are parts.</param>
internal sealed class InferenceGate(int parts, bool hasWholeRuns = true)
{
    private readonly Lock _lock = new();
    private readonly Queue<Turn> _waiting = [];
    private int _running;
    private bool _isWhole;

    /// <summary>Whether a run may have the machine for itself.</summary>
    public bool HasWholeRuns => hasWholeRuns;

    /// <summary>Threads that stand before the gate now.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Parts that nobody uses now.</summary>
    public int Free
    {
        get
        {
            lock (_lock)
            {
                return _isWhole ? 0 : parts - _running;
            }
        }
    }

    /// <summary>Blocks the calling lane thread until a run may begin.</summary>
    /// <param name="wantsPart">Asked when the machine is free: whether there is work for more than one run. Called under a
    /// lock: it must be quick, and must not come back here.</param>
    /// <returns>What the run may use until <see cref="Exit"/>.</returns>
    public MachineShare Enter(Func<bool>? wantsPart = null)
    {
        var turn = new Turn(wantsPart);
        lock (_lock)
        {
            _waiting.Enqueue(turn);
            LetIn();
        }

        return turn.Share.GetAwaiter().GetResult();
    }

    /// <summary>Lets the next run begin.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            _running--;
            _isWhole = false;
            LetIn();
        }
    }

    private void LetIn()
    {
        while (_waiting.TryPeek(out var next) && Share(next) is { } share)
        {
            _waiting.Dequeue();
            _running++;
            _isWhole = share == MachineShare.Whole;
            next.Begin(share);
        }
    }

    private MachineShare? Share(Turn next) =>
        this switch
        {
            { _isWhole: true } => null,
            // A part that is free is used at once, whoever is next: a core that waits for company does nothing.
            { _running: > 0 } => _running < parts ? MachineShare.Part : null,
            _ => hasWholeRuns && (parts == 1 || !next.WantsPart) ? MachineShare.Whole : MachineShare.Part,
        };

    private sealed class Turn(Func<bool>? wantsPart)
    {
        // Its thread goes on by itself, not on that of the run that ended.
        private readonly TaskCompletionSource<MachineShare> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<MachineShare> Share => _begun.Task;

        public bool WantsPart => wantsPart?.Invoke() == true;

        public void Begin(MachineShare share) => _begun.SetResult(share);
    }
}
