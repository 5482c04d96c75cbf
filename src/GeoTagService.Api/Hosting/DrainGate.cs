using System.Runtime.InteropServices;
using GeoTagService.Api.Problems;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>
/// How the process leaves. When it is told to stop, readiness fails at once and every answer closes its connection, but work is
/// taken on as before for the shutdown delay, so that whoever still sends loses nothing. Then the port closes without losing a
/// connection, those that are open get their answers, and what comes later is refused. Without a delay new work is refused at
/// once, and a second signal cuts the delay short. docs/decisions/back-pressure.md tells why.
/// </summary>
internal sealed partial class DrainGate : IHostedLifecycleService, IDisposable
{
    /// <summary>Longer than the gateway keeps an idle connection (deploy/gateway), so that none is left when the port closes.
    /// </summary>
    public static readonly TimeSpan DelayBehindAGateway = TimeSpan.FromSeconds(5);

    /// <summary>By then whoever connected before the port closed has sent a request.</summary>
    private static readonly TimeSpan LastRequests = TimeSpan.FromSeconds(1);

    private readonly TimeSpan? _configured;
    private readonly ListeningSockets _sockets;
    private readonly TimeProvider _time;
    private readonly ILogger<DrainGate> _logger;
    private readonly CancellationTokenRegistration _onStopping;
    private volatile bool _hasGateway;
    private volatile bool _stopping;
    private volatile bool _closed;
    private bool _delayed;

    public DrainGate(
        IHostApplicationLifetime lifetime,
        IOptions<EdgeOptions> options,
        ListeningSockets sockets,
        TimeProvider time,
        ILogger<DrainGate> logger
    )
    {
        _configured = options.Value.ShutdownDelay;
        _sockets = sockets;
        _time = time;
        _logger = logger;
        _onStopping = lifetime.ApplicationStopping.Register(() =>
        {
            _closed = Delay == TimeSpan.Zero;
            _stopping = true;
        });
    }

    /// <summary>Whether the process was told to stop: it is not ready any more.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Whether new work is refused.</summary>
    public bool IsClosed => _closed;

    private TimeSpan Delay => _configured ?? (_hasGateway ? DelayBehindAGateway : TimeSpan.Zero);

    /// <summary>Takes note of a request: whether a gateway sent it, and, while the process leaves, that its connection ends
    /// with it.</summary>
    public void Passes(HttpContext context)
    {
        // What the forwarded headers replaced is kept under this name.
        if (!_hasGateway && context.Request.Headers.ContainsKey("X-Original-For"))
        {
            _hasGateway = true;
        }

        if (_stopping && HttpProtocol.IsHttp11(context.Request.Protocol))
        {
            context.Response.Headers.Connection = "close";
        }
    }

    /// <summary>Refuses work once the gate is closed.</summary>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        _closed
            ? new TaggingError(TaggingErrorCode.NotReady, null, "This replica is stopping; try again, another one will answer.")
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            }.ToResult()
            : await next(context);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        // Once: a host that is stopped twice, as it is when it is disposed after a stop, does not wait again.
        if (Delay > TimeSpan.Zero && !Interlocked.Exchange(ref _delayed, true))
        {
            Log.Leaving(_logger, Delay.TotalSeconds);
            using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Hurry);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hurry);
            await Task.Delay(Delay, _time, hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _sockets.CloseAsync(_time, hurry.Token);
            await Task.Delay(LastRequests, _time, hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Asked a second time: whoever asks knows that nobody is sending any more.
            void Hurry(PosixSignalContext signal)
            {
                signal.Cancel = true;
                hurry.Cancel();
            }
        }

        _closed = true;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _onStopping.Dispose();

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 1003,
            Level = LogLevel.Information,
            Message = "Told to stop: not ready any more, and still answering for {Seconds:0.#} s, until gateways have noticed"
        )]
        public static partial void Leaving(ILogger logger, double seconds);
    }
}
