using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Core.Encoders;

namespace GeoTagService.Api.Health;

/// <summary>What the probes get.</summary>
/// <param name="Status"><c>live</c>, or where the model stands: <c>ready</c>, <c>loading</c>, <c>warming</c>, <c>stalled</c>,
/// <c>failing</c>, <c>draining</c>, <c>failed</c>.</param>
/// <param name="Reason">A sentence for operators.</param>
public sealed record HealthResponse(string Status, string Reason);

/// <summary>Probes: live while the process can still come to serve, ready while requests are served. They need no key and have no limit.
/// </summary>
internal static class HealthEndpoints
{
    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Health");
        health
            .MapGet("/live", Live)
            .WithName("live")
            .Produces<HealthResponse>()
            .Produces<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
        health
            .MapGet("/ready", Ready)
            .WithName("ready")
            .Produces<HealthResponse>()
            .Produces<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>A model that failed for good comes back with a new process only, should this one not end by itself.</summary>
    private static IResult Live(ModelReadiness readiness) =>
        readiness.Current is { State: ReadinessState.Failed } failed
            ? TypedResults.Json(new HealthResponse("failed", failed.Reason), statusCode: StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Ok(new HealthResponse("live", "the process answers"));

    private static IResult Ready(HttpContext context, ModelReadiness readiness, DrainGate gate)
    {
        var current = readiness.Current;
        if (gate.IsStopping && current.State != ReadinessState.Failed)
        {
            current = new Readiness(ReadinessState.Draining, "the process was told to stop");
        }

        var answer = new HealthResponse(current.State.ToString().ToLowerInvariant(), current.Reason);
        if (current.IsReady)
        {
            return TypedResults.Ok(answer);
        }

        context.Response.Headers.RetryAfter = TagProblems.ToSeconds(null).ToString();
        return TypedResults.Json(answer, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
