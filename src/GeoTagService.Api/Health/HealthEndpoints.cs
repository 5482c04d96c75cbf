using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Core.Encoders;

namespace GeoTagService.Api.Health;

/// <summary>What the probes get.</summary>
/// <param name="Status"><c>live</c>, or where the model stands: <c>ready</c>, <c>loading</c>, <c>warming</c>, <c>stalled</c>,
/// <c>draining</c>, <c>failed</c>.</param>
/// <param name="Reason">A sentence for operators.</param>
public sealed record HealthResponse(string Status, string Reason);

/// <summary>Probes: live while the process answers, ready while requests are served. They need no key and have no limit.
/// </summary>
internal static class HealthEndpoints
{
    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").WithTags("Health").DisableRateLimiting();
        health.MapGet("/live", () => TypedResults.Ok(new HealthResponse("live", "the process answers")))
            .WithName("live").Produces<HealthResponse>();
        health.MapGet("/ready", Ready)
            .WithName("ready").Produces<HealthResponse>().Produces<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Ready(HttpContext context, ModelReadiness readiness, DrainGate gate)
    {
        var current = readiness.Current;
        if (gate.IsStopping)
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
