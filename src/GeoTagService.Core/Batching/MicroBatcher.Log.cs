using Microsoft.Extensions.Logging;

namespace GeoTagService.Core.Batching;

internal sealed partial class MicroBatcher<TItem, TResult>
{
    private static partial class Log
    {
        [LoggerMessage(1001, LogLevel.Warning, "A run of {Count} items of the {Lane} lane failed; it is split to find the bad one")]
        public static partial void RunFailed(ILogger logger, Exception exception, string lane, int count);

        [LoggerMessage(1002, LogLevel.Error, "An item of the {Lane} lane failed alone")]
        public static partial void ItemFailed(ILogger logger, Exception exception, string lane);

        [LoggerMessage(1005, LogLevel.Error, "A run of {Count} items of the {Lane} lane failed for good: {Reason}")]
        public static partial void EncoderLost(ILogger logger, string lane, int count, string reason);

        [LoggerMessage(1003, LogLevel.Critical, "The loop of the {Lane} lane crashed; it is restarted")]
        public static partial void LoopCrashed(ILogger logger, Exception exception, string lane);

        [LoggerMessage(1004, LogLevel.Warning, "The {Lane} lane did not drain in time; {Count} items were failed")]
        public static partial void Abandoned(ILogger logger, string lane, int count);
    }
}
