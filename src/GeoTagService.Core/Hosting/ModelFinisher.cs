using GeoTagService.Core.Batching;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Core.Hosting;

/// <summary>Lets the engine do, behind the first answers, what it put off so that a model could serve sooner.</summary>
internal sealed partial class ModelFinisher(
    IOptions<BatchingOptions> batching,
    OptionalSteps steps,
    TimeProvider time,
    ILogger<ModelFinisher> logger
)
{
    /// <summary>Begins; requests are served meanwhile, and the model stays as long as this takes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="stopping">Leaves it at what is done.</param>
    /// <returns>Ends when it is done or was called off.</returns>
    public Task Finish(ServingModel model, CancellationToken stopping)
    {
        if (!model.TryUse())
        {
            return Task.CompletedTask;
        }

        var began = time.GetTimestamp();
        return Task.Factory.StartNew(
            () =>
            {
                try
                {
                    var encoder = model.Model.Encoder;
                    // Work for seconds beside the first requests; what it starts inherits this.
                    ThreadNiceness.Set(encoder.Runtime.Niceness);
                    steps.Try("the end of loading", () => encoder.FinishLoading(batching.Value.PhotosOn(encoder.Runtime), stopping));
                    Log.Finished(logger, time.GetElapsedTime(began).TotalMilliseconds);
                }
                catch (Exception) when (stopping.IsCancellationRequested)
                {
                    // Called off, because the service stops.
                }
                finally
                {
                    model.Leave();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    private static partial class Log
    {
        [LoggerMessage(3004, LogLevel.Debug, "The engine finished loading behind the first answers in {Milliseconds:0} ms")]
        public static partial void Finished(ILogger logger, double milliseconds);
    }
}
