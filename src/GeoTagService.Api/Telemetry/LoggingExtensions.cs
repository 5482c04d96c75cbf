using System.Globalization;
using GeoTagService.Api.Access;
using GeoTagService.Api.Hosting;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace GeoTagService.Api.Telemetry;

/// <summary>Logs: one line a request, without photo, title or query; readable in development, compact JSON elsewhere.
/// </summary>
internal static class LoggingExtensions
{
    private const string Readable = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <summary>Adds Serilog; section <c>Serilog</c> of the configuration overrides levels.</summary>
    public static void AddServiceLogging(this WebApplicationBuilder builder)
    {
        var development = builder.Environment.IsDevelopment();
        builder.Services.AddSerilog(
            (services, logger) =>
            {
                logger
                    .MinimumLevel.Information()
                    // The framework tells every request in several lines, with its query, which may hold a title.
                    .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                    .MinimumLevel.Override("System", LogEventLevel.Warning)
                    // Said once, as a sentence, where the process ends.
                    .Filter.ByExcluding(entry => entry.Exception is { } fault && ServiceRun.IsForTheOperator(fault))
                    .Filter.ByExcluding(IsDrainOfALostConnection)
                    .Filter.ByExcluding(IsStartThatWasCalledOff)
                    .Enrich.FromLogContext()
                    .Enrich.With<ControlCharacters>()
                    .ReadFrom.Configuration(builder.Configuration)
                    .ReadFrom.Services(services);
                if (development)
                {
                    logger.WriteTo.Console(outputTemplate: Readable, formatProvider: CultureInfo.InvariantCulture);
                }
                else
                {
                    logger.WriteTo.Console(new CompactJsonFormatter());
                }
            },
            preserveStaticLogger: true
        );
    }

    /// <summary>Logs one line a request.</summary>
    public static void UseRequestLog(this IApplicationBuilder app) =>
        app.UseSerilogRequestLogging(options =>
        {
            options.MessageTemplate = "{RequestMethod} {RequestPath} {StatusCode} in {Elapsed:0.0} ms";
            options.IncludeQueryInRequestPath = false;
            // This host's own logger, not the process's: two hosts in one process must not mix their lines.
            options.Logger = app.ApplicationServices.GetRequiredService<Serilog.ILogger>();
            options.GetLevel = LevelOf;
            options.EnrichDiagnosticContext = static (line, context) =>
            {
                line.Set("RequestId", context.TraceIdentifier);
                if (context.Features.Get<Caller>()?.Key is { } key)
                {
                    line.Set("ApiKey", key.Name);
                }

                // A batch has answered 200 by the time its client leaves.
                if (context.RequestAborted.IsCancellationRequested)
                {
                    line.Set("ClientLeft", true);
                }
            };
        });

    /// <summary>Whether the server says that it cannot read the rest of a body. When a connection is reset in the middle of a
    /// read, that read stays open inside the server, and it complains about it after the request has ended as 499; it closes
    /// the connection either way, and the request's own line has told what there is to tell.</summary>
    private static bool IsDrainOfALostConnection(LogEvent entry) =>
        entry.Properties.GetValueOrDefault("EventId") is StructureValue id
        && id.Properties.Any(part => part is { Name: "Name", Value: ScalarValue { Value: "RequestBodyDrainBodyReaderInvalidState" } });

    /// <summary>Whether the host says that its start was cancelled: who cancelled it has said why.</summary>
    private static bool IsStartThatWasCalledOff(LogEvent entry) =>
        entry.Exception is OperationCanceledException
        && entry.Properties.GetValueOrDefault("SourceContext") is ScalarValue { Value: "Microsoft.Extensions.Hosting.Internal.Host" };

    private static LogEventLevel LevelOf(HttpContext context, double elapsed, Exception? exception) =>
        context.Response.StatusCode switch
        {
            // The client left; that is its right and says nothing of us.
            StatusCodes.Status499ClientClosedRequest => LogEventLevel.Information,
            _ when exception is not null and not OperationCanceledException => LogEventLevel.Error,
            StatusCodes.Status503ServiceUnavailable => LogEventLevel.Warning,
            >= 500 => LogEventLevel.Error,
            _ when IsProbe(context.Request.Path) => LogEventLevel.Debug,
            _ => LogEventLevel.Information,
        };

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");
}
