using GeoTagService.Core;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Runs the service; what an operator can mend ends it with a sentence instead of a stack trace.</summary>
internal static partial class ServiceRun
{
    /// <summary>Exit code for a model or environment that cannot serve, the same as the command line's.</summary>
    private const int CannotServe = 3;

    /// <summary>Sets the service up and runs it until it is told to stop.</summary>
    /// <param name="app">The service.</param>
    /// <param name="missingRoot">A content root that was named and is no folder, or null.</param>
    /// <param name="setUp">Its middleware and endpoints.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app, string? missingRoot, Action<WebApplication> setUp)
    {
        if (missingRoot is not null)
        {
            var reason = $"contentRoot is '{missingRoot}', which is no folder.";
            Log.CannotServe(app.Logger, reason);
            return CannotServe;
        }

        // Asked for now: when a start fails, the services are gone by the time that its fault arrives here.
        var stopping = app.Lifetime.ApplicationStopping;
        var readiness = app.Services.GetService<ModelReadiness>();
        try
        {
            app.Services.GetRequiredService<SettingNames>().Check(app.Configuration);
            // All sections at once and before anything is used, so that everything that is wrong is told together.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            setUp(app);
            await app.RunAsync();
            return End(app, readiness);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped before the port was open, by the operator or by a model that failed; the server takes that for a fault of
            // its start.
            return End(app, readiness);
        }
        catch (Exception exception) when (IsForTheOperator(exception) && readiness?.Current.State == ReadinessState.Failed)
        {
            return End(app, readiness);
        }
        catch (Exception exception) when (IsForTheOperator(exception))
        {
            var reason = Describe(app, exception);
            Log.CannotServe(app.Logger, reason);
            return CannotServe;
        }
    }

    /// <summary>What a service that ran ends with: a model that failed stopped it, or it was told to stop.</summary>
    private static int End(WebApplication app, ModelReadiness? readiness)
    {
        if (readiness?.Current is not { State: ReadinessState.Failed } failed)
        {
            return 0;
        }

        Log.Failed(app.Logger, failed.Reason);
        return CannotServe;
    }

    /// <summary>Adds the names of settings; comes after everything that binds some.</summary>
    public static IServiceCollection AddSettingNames(this IServiceCollection services) => services.AddSingleton(SettingNames.Of(services));

    /// <summary>Whether an operator can mend it: a bundle, a setting, a port that is taken.</summary>
    public static bool IsForTheOperator(Exception exception) =>
        exception
            is BundleException
                or EncoderLostException
                or OptionsValidationException
                or IOException { InnerException: AddressInUseException }
        || (exception is AggregateException several && several.InnerExceptions.All(IsForTheOperator))
        || UnreadableSetting.Is(exception);

    private static string Describe(WebApplication app, Exception exception) =>
        exception switch
        {
            // Several sections that are wrong come together.
            AggregateException several => string.Join(" ", several.InnerExceptions.Select(one => Describe(app, one))),
            OptionsValidationException settings => app.Services.GetRequiredService<SettingNames>().Describe(settings),
            _ when UnreadableSetting.Is(exception) => app.Services.GetRequiredService<SettingNames>().DescribeUnreadable(exception),
            _ => exception.Message,
        };

    private static partial class Log
    {
        [LoggerMessage(EventId = 1002, Level = LogLevel.Critical, Message = "The service cannot start: {Reason}")]
        public static partial void CannotServe(ILogger logger, string reason);

        [LoggerMessage(EventId = 1004, Level = LogLevel.Critical, Message = "The service ended: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
