using System.Diagnostics.Metrics;
using GeoTagService.Api.Uploads;
using GeoTagService.Core.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace GeoTagService.Api.Telemetry;

/// <summary>Metrics for Prometheus at <c>/metrics</c>; metrics and traces by OTLP when the standard variable
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a collector.</summary>
internal static class TelemetryExtensions
{
    private const string EdgeMeter = "GeoTagService.Api";

    /// <summary>Adds the exporters.</summary>
    public static void AddServiceTelemetry(this WebApplicationBuilder builder)
    {
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(TaggingMetrics.MeterName, EdgeMeter)
                    .AddAspNetCoreInstrumentation()
                    .AddRuntimeInstrumentation()
                    .AddPrometheusExporter()
            );
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.WithTracing(tracing => tracing.AddAspNetCoreInstrumentation()).UseOtlpExporter();
        }
    }

    /// <summary>Maps <c>/metrics</c> and watches the memory that uploads hold.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        var budget = app.Services.GetRequiredService<UploadBudget>();
        app.Services.GetRequiredService<IMeterFactory>()
            .Create(EdgeMeter)
            .CreateObservableGauge("geotag.upload.buffered", () => budget.TakenBytes, "By", "Memory that uploads hold.");
        app.MapPrometheusScrapingEndpoint();
    }
}
