namespace GeoTagService.Onnx;

/// <summary>Frees native memory when it was disposed and no run uses it any more, whichever comes last.</summary>
internal sealed class RunLifetime(Action free) : IDisposable
{
    private readonly Lock _lock = new();
    private int _running;
    private bool _disposed;

    /// <summary>Begins a run.</summary>
    /// <exception cref="ObjectDisposedException">It is too late for one.</exception>
    public void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _running++;
        }
    }

    /// <summary>Ends a run.</summary>
    public void Exit()
    {
        lock (_lock)
        {
            if (--_running > 0 || !_disposed)
            {
                return;
            }
        }

        free();
    }

    public void Dispose()
    {
        lock (_lock)
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

        free();
    }
}
