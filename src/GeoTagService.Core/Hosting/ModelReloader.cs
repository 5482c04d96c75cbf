using System.Diagnostics.CodeAnalysis;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Hosting;

/// <summary>What came of a reload.</summary>
public enum ReloadResult
{
    /// <summary>Another bundle serves.</summary>
    Swapped,

    /// <summary>The bundle that serves is still the one to serve.</summary>
    Unchanged,

    /// <summary>The bundle that was found cannot be served; the one before goes on.</summary>
    Refused,

    /// <summary>Another reload is under way; this one did nothing.</summary>
    UnderWay,
}

/// <summary>What came of a reload, and why.</summary>
/// <param name="Result">What came of it.</param>
/// <param name="Reason">A sentence for operators; may hold paths.</param>
/// <param name="Digest">Digest of the bundle that serves afterwards.</param>
/// <param name="At">When.</param>
public sealed record ReloadOutcome(ReloadResult Result, string Reason, string Digest, DateTimeOffset At);

/// <summary>
/// Looks for the bundle again as a start does, loads and warms it beside the one that serves, and lets it serve, all or nothing:
/// whatever is wrong with it, the one before goes on and the outcome says why.
/// </summary>
public sealed partial class ModelReloader : IDisposable
{
    private readonly ServingModels _models;
    private readonly ModelReadiness _readiness;
    private readonly IOptions<TaggingOptions> _options;
    private readonly TaggingMetrics _metrics;
    private readonly ModelFinisher _finisher;
    private readonly TimeProvider _time;
    private readonly ILogger<ModelReloader> _logger;
    private readonly SemaphoreSlim _one = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private volatile Task _finishing = Task.CompletedTask;
    private volatile ReloadOutcome? _last;

    internal ModelReloader(
        ServingModels models,
        ModelReadiness readiness,
        IOptions<TaggingOptions> options,
        TaggingMetrics metrics,
        ModelFinisher finisher,
        TimeProvider time,
        ILogger<ModelReloader> logger
    )
    {
        _models = models;
        _readiness = readiness;
        _options = options;
        _metrics = metrics;
        _finisher = finisher;
        _time = time;
        _logger = logger;
    }

    /// <summary>What came of the last reload; null while there was none.</summary>
    public ReloadOutcome? Last => _last;

    /// <summary>Reloads.</summary>
    /// <param name="cancellationToken">Leaves it at the bundle that serves.</param>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
    public async Task<ReloadOutcome> ReloadAsync(CancellationToken cancellationToken)
    {
        if (!await _one.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
        {
            return Outcome(ReloadResult.UnderWay, "another reload is under way");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            Log.Begun(_logger);
            // Hashing, loading and warming block for seconds.
            var outcome = await Task
                .Factory.StartNew(() => Reload(either.Token), either.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
            _last = outcome;
            _metrics.BundleReloaded(outcome.Result.ToString().ToLowerInvariant());
            Tell(outcome);
            return outcome;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _one.Dispose();
    }

    /// <summary>Calls off what is still being loaded, and reloads nothing any more.</summary>
    internal async Task StopAsync()
    {
        try
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The host was thrown away while it stopped, and this went first.
        }

        await _finishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [SuppressMessage(
        "Design",
        "CA1031",
        Justification = "Whatever a bundle makes fail, memory for it included, must not end the service of the one before."
    )]
    private ReloadOutcome Reload(CancellationToken cancellationToken)
    {
        if (_readiness.Current.State is not (ReadinessState.Ready or ReadinessState.Stalled or ReadinessState.Failing))
        {
            return Outcome(ReloadResult.Refused, $"nothing is reloaded while {_readiness.Current.Reason}");
        }

        ServingModel? next = null;
        try
        {
            var serving = _models.Current.Bundle;
            var located = BundleLocator.Locate(_options.Value);
            if (Undesired(located, serving) is { } undesired)
            {
                located.Bundle.CloseFiles();
                return Outcome(ReloadResult.Refused, undesired);
            }

            if (located.Bundle.Digest == serving.Digest)
            {
                located.Bundle.CloseFiles();
                return Outcome(ReloadResult.Unchanged, $"{Name(serving)} is what serves already");
            }

            next = _models.Load(located.Bundle);
            next.Photos.Start();
            next.Warmup.Run(cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            _models.Swap(next);
            _finishing = _finisher.Finish(next, _stopping.Token);
            return Outcome(ReloadResult.Swapped, $"{Name(located.Bundle)} serves instead of {Name(serving)}. {located.Reason}");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Discard(next);
            throw;
        }
        catch (Exception fault)
        {
            Discard(next);
            return Outcome(ReloadResult.Refused, fault is BundleException ? fault.Message : $"it cannot be loaded: {fault.Message}");
        }
    }

    /// <summary>Why what was found is not what an operator can have meant, or null: a start takes the next best bundle, and a service
    /// that already serves a good one does not.</summary>
    private static string? Undesired(LocatedBundle located, Bundle serving)
    {
        if (located.Faults.Count > 0)
        {
            return $"a newer bundle cannot be served: {string.Join("; ", located.Faults)}";
        }

        return located.Bundle.Manifest.Purpose == BundlePurpose.Demonstration && serving.Manifest.Purpose == BundlePurpose.Production
            ? $"only a demonstration model was found ({located.Bundle.Origin})"
            : null;
    }

    private ReloadOutcome Outcome(ReloadResult result, string reason) =>
        new(result, reason, _models.Current.Bundle.Digest, _time.GetUtcNow());

    private static string Name(Bundle bundle) => $"{bundle.Manifest.Name} {bundle.Manifest.Version} ({bundle.Digest[..12]})";

    /// <summary>Frees what nobody will use; it has no lane with work in it.</summary>
    private static void Discard(ServingModel? model) => model?.Leave();

    private void Tell(ReloadOutcome outcome)
    {
        if (outcome.Result == ReloadResult.Refused)
        {
            Log.Refused(_logger, outcome.Reason);
        }
        else
        {
            Log.Done(_logger, outcome.Reason, outcome.Digest);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3200, LogLevel.Information, "The bundle is looked for again")]
        public static partial void Begun(ILogger logger);

        [LoggerMessage(3201, LogLevel.Information, "Reload: {Reason} (digest {Digest})")]
        public static partial void Done(ILogger logger, string reason, string digest);

        [LoggerMessage(3202, LogLevel.Error, "Reload refused, the bundle before goes on: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
