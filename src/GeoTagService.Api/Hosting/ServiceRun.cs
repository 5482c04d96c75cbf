using GeoTagService.Core.Bundles;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Runs the service; what an operator can mend ends it with a sentence instead of a stack trace.</summary>
internal static partial class ServiceRun
{
    /// <summary>Exit code for a model or environment that cannot serve, the same as the command line's.</summary>
    private const int CannotServe = 3;

    /// <summary>How the configuration binder's complaint begins about a value of the wrong kind; it has no type of its own.</summary>
    private const string UnreadableSetting = "Failed to convert configuration value";

    /// <summary>Sets the service up and runs it until it is told to stop.</summary>
    /// <param name="app">The service.</param>
    /// <param name="setUp">Its middleware and endpoints.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app, Action<WebApplication> setUp)
    {
        try
        {
            setUp(app);
            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (IsForTheOperator(exception))
        {
            Log.CannotServe(app.Logger, exception.Message);
            return CannotServe;
        }
    }

    /// <summary>Whether an operator can mend it: a bundle, a setting, a port that is taken.</summary>
    public static bool IsForTheOperator(Exception exception) =>
        exception is BundleException or OptionsValidationException or IOException { InnerException: AddressInUseException }
        || (exception is InvalidOperationException && exception.Message.StartsWith(UnreadableSetting, StringComparison.Ordinal));

    private static partial class Log
    {
        [LoggerMessage(EventId = 1002, Level = LogLevel.Critical, Message = "The service cannot start: {Reason}")]
        public static partial void CannotServe(ILogger logger, string reason);
    }
}
