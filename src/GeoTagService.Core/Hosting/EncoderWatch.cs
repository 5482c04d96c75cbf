using System.Diagnostics.CodeAnalysis;
using GeoTagService.Core.Encoders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Hosting;

/// <summary>
/// Looks, whenever an item failed in the engine, whether the item was at fault or the engine: a known photo and title are run.
/// While these fail, too, the service is not ready; when they go on failing, or the encoder is lost, the process ends, because a
/// new one may do better. Otherwise every request would be answered 500, and the probes would say that all is well.
/// </summary>
internal sealed partial class EncoderWatch(
    EncoderFaults faults,
    ServingModels models,
    ModelReadiness readiness,
    TimeProvider time,
    ILogger<EncoderWatch> logger
) : BackgroundService
{
    /// <summary>What is transient has passed by then.</summary>
    internal const int Attempts = 3;

    /// <summary>Between two attempts.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Watches for as long as the service runs. That the encoder does not work any more ends it with an exception, which
    /// stops the host.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await readiness.Settled.WaitAsync(stoppingToken).ConfigureAwait(false);
            while (true)
            {
                var failure = await faults.NextAsync(stoppingToken).ConfigureAwait(false);
                if ((failure as EncoderLostException ?? await ExamineAsync(stoppingToken).ConfigureAwait(false)) is { } lost)
                {
                    readiness.Set(ReadinessState.Failed, lost.Message);
                    Log.Lost(logger, lost.Message);
                    throw lost;
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    /// <summary>Why the encoder does not work any more, or null when it does.</summary>
    private async Task<EncoderLostException?> ExamineAsync(CancellationToken stoppingToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            // Asked each time: a reload may have brought one that works.
            using var use = models.Use();
            var failure = await Task
                .Factory.StartNew(() => WhyUnwell(use.Model.Warmup), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .ConfigureAwait(false);
            if (failure is null)
            {
                if (attempt > 1)
                {
                    Log.Recovered(logger);
                    readiness.Set(ReadinessState.Ready, "serving");
                }

                return null;
            }

            if (failure is EncoderLostException lost)
            {
                return lost;
            }

            Log.Unwell(logger, failure, attempt, Attempts);
            if (attempt == Attempts)
            {
                return new EncoderLostException("the encoder fails on a known photo or title, again and again", failure);
            }

            readiness.Set(ReadinessState.Failing, "the encoder failed on a known photo or title; it is tried again");
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(false);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the engine fails with here is the finding.")]
    private static Exception? WhyUnwell(EncoderWarmup warmup)
    {
        try
        {
            warmup.RunOnce();
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            3006,
            LogLevel.Error,
            "The encoder failed on a known photo or title, attempt {Attempt} of {Attempts}; the service is not ready"
        )]
        public static partial void Unwell(ILogger logger, Exception exception, int attempt, int attempts);

        [LoggerMessage(3007, LogLevel.Warning, "The encoder works again; the service is ready")]
        public static partial void Recovered(ILogger logger);

        [LoggerMessage(3008, LogLevel.Critical, "The encoder is lost, and the process ends: {Reason}")]
        public static partial void Lost(ILogger logger, string reason);
    }
}
