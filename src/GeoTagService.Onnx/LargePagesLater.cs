namespace GeoTagService.Onnx;

/// <summary>
/// Moves repacked weights into large pages once so much has run that it will pay: it takes a core for about as long as four runs
/// of eight photos, and makes each run a few hundredths faster.
/// </summary>
/// <param name="move">Moves them, until it is called off.</param>
internal sealed class LargePagesLater(Action<CancellationToken> move) : IDisposable
{
    /// <summary>Runs before it begins: some 2,000 photos, of which it costs a hundredth or two.</summary>
    private const int RunsBefore = 256;

    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _lock = new();
    private Task? _moving;
    private int _runs;

    /// <summary>A run more.</summary>
    public void Count()
    {
        if (Interlocked.Increment(ref _runs) != RunsBefore)
        {
            return;
        }

        lock (_lock)
        {
            if (!_disposed.IsCancellationRequested)
            {
                _moving = Task.Factory.StartNew(Move, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Calls it off, and waits for that.</summary>
    public void Dispose()
    {
        Task? moving;
        lock (_lock)
        {
            _disposed.Cancel();
            moving = _moving;
        }

        moving?.GetAwaiter().GetResult();
    }

    private void Move()
    {
        try
        {
            move(_disposed.Token);
        }
        catch (OperationCanceledException)
        {
            // What was moved until then is as good as what was not.
        }
    }
}
