using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Hosting;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Administration;

/// <summary>What an operator may do, at the address of <see cref="ListenerOptions.Admin"/> and nowhere else; without it nothing of this
/// is there.</summary>
internal static class AdministrationEndpoints
{
    /// <summary>Lets SIGHUP reload the bundle.</summary>
    public static IServiceCollection AddAdministration(this IServiceCollection services) => services.AddHostedService<ReloadSignal>();

    /// <summary>Maps <c>POST /admin/reload</c> and <c>GET /admin/status</c>.</summary>
    public static void MapAdministration(this WebApplication app)
    {
        if (ListenerOptionsValidator.Parse(app.Services.GetRequiredService<IOptions<ListenerOptions>>().Value.Admin) is null)
        {
            return;
        }

        var admin = app.MapGroup(Listeners.AdminPath).ExcludeFromDescription();
        // A page that somebody on this machine has open must not be able to reload: browsers say where a request comes from.
        admin.AddEndpointFilter(
            async (context, next) =>
                IsFromAPage(context.HttpContext.Request) ? AdministrationProblems.FromAPage().ToResult() : await next(context)
        );
        admin.MapPost("/reload", ReloadAsync);
        admin.MapGet("/status", Status);
    }

    private static async Task<IResult> ReloadAsync(ModelReloader reloader, IHostApplicationLifetime lifetime)
    {
        // Not the client's leaving: who asked for a new bundle and hung up still asked for it.
        var outcome = await reloader.ReloadAsync(lifetime.ApplicationStopping);
        return outcome.Result switch
        {
            ReloadResult.UnderWay => AdministrationProblems.UnderWay().ToResult(),
            ReloadResult.Refused => AdministrationProblems.Refused(outcome.Reason).ToResult(),
            _ => Results.Json(ReloadAnswer.Of(outcome), AdministrationJson.Default.ReloadAnswer),
        };
    }

    private static IResult Status(ServingModels models, ModelReadiness readiness, ModelReloader reloader) =>
        Results.Json(
            new StatusAnswer(
                readiness.Current.State.ToString().ToLowerInvariant(),
                readiness.Current.Reason,
                models.Current.Bundle.ToStamp(),
                models.Current.Bundle.Origin,
                reloader.Last is { } last ? ReloadAnswer.Of(last) : null
            ),
            AdministrationJson.Default.StatusAnswer
        );

    private static bool IsFromAPage(HttpRequest request) =>
        request.Headers.ContainsKey("Origin") || request.Headers.ContainsKey("Sec-Fetch-Site");
}
