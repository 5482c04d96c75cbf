using GeoTagService.Api.Access;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Catalogue;
using GeoTagService.Api.Embeddings;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;

namespace GeoTagService.Api.Tagging;

/// <summary>The edge's own services, and the group that all operations share.</summary>
internal static class TagEdgeExtensions
{
    /// <summary>Adds readers, writers and what describes the model.</summary>
    public static IServiceCollection AddTagEdge(this IServiceCollection services)
    {
        services.AddSingleton<UploadBudget>();
        services.AddSingleton<ServedModel>();
        services.AddSingleton<ModelDescription>();
        services.AddSingleton<TagRequestReader>();
        services.AddSingleton<EmbeddingBodyReader>();
        services.AddSingleton<BatchReader>();
        services.AddSingleton<MultipartBatchReader>();
        services.AddSingleton<BatchRunner>();
        services.AddHostedService<StartReport>();
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, TagJson.Default);
            json.SerializerOptions.DefaultIgnoreCondition = TagJson.Default.Options.DefaultIgnoreCondition;
        });
        return services;
    }

    /// <summary>Maps the group <c>/v1</c> with what holds for every operation in it.</summary>
    public static RouteGroupBuilder MapVersion1(this WebApplication app)
    {
        var keys = app.Services.GetRequiredService<ApiKeys>();
        var gate = app.Services.GetRequiredService<DrainGate>();
        var patience = app.Services.GetRequiredService<WarmupPatience>();
        var v1 = app.MapGroup("/v1").RequireRateLimiting(AccessExtensions.Policy);
        v1.AddEndpointFilter((context, next) => keys.InvokeAsync(context, next));
        v1.AddEndpointFilter((context, next) =>
            HttpMethods.IsPost(context.HttpContext.Request.Method) ? gate.InvokeAsync(context, next) : next(context));
        v1.AddEndpointFilter((context, next) =>
            HttpMethods.IsPost(context.HttpContext.Request.Method) ? patience.InvokeAsync(context, next) : next(context));
        return v1;
    }
}
