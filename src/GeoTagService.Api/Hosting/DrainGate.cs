using GeoTagService.Api.Problems;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Closes when the process is told to stop: what was accepted is still answered, new work gets 503 and goes to
/// another replica. With a delay configured the port stays open meanwhile, so that load balancers see it coming.</summary>
internal sealed class DrainGate : IHostedLifecycleService, IDisposable
{
    private readonly TimeSpan _delay;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _onStopping;
    private volatile bool _closed;
    private bool _delayed;

    public DrainGate(IHostApplicationLifetime lifetime, IOptions<EdgeOptions> options, TimeProvider time)
    {
        _delay = options.Value.ShutdownDelay;
        _time = time;
        _onStopping = lifetime.ApplicationStopping.Register(() => _closed = true);
    }

    /// <summary>Whether new work is refused.</summary>
    public bool IsClosed => _closed;

    /// <summary>Refuses work once the gate is closed.</summary>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) => _closed
        ? new TaggingError(TaggingErrorCode.NotReady, null, "This replica is stopping; try again, another one will answer.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        }.ToResult()
        : await next(context);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _closed = true;
        // Once: a host that is stopped twice, as it is when it is disposed after a stop, does not wait again.
        if (_delay > TimeSpan.Zero && !Interlocked.Exchange(ref _delayed, true))
        {
            await Task.Delay(_delay, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _onStopping.Dispose();
}
