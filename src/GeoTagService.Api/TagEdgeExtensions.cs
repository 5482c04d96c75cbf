using GeoTagService.Api.Access;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Catalogue;
using GeoTagService.Api.Embeddings;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;

namespace GeoTagService.Api;

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
        services.AddSingleton<BodyReceiver>();
        services.AddSingleton<EmbeddingReader>();
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
    public static RouteGroupBuilder MapVersion1(this WebApplication app) => Guard(app.MapGroup("/v1"), app.Services);

    /// <summary>Asks every request of a group for its key and counts it, and lets work pass only while there is somebody to do
    /// it.</summary>
    public static RouteGroupBuilder Guard(RouteGroupBuilder group, IServiceProvider services)
    {
        var keys = services.GetRequiredService<ApiKeys>();
        var gate = services.GetRequiredService<DrainGate>();
        var patience = services.GetRequiredService<WarmupPatience>();
        group.AddEndpointFilter((context, next) => keys.InvokeAsync(context, next));
        group.AddEndpointFilter((context, next) =>
            HttpMethods.IsPost(context.HttpContext.Request.Method) ? gate.InvokeAsync(context, next) : next(context));
        group.AddEndpointFilter((context, next) =>
            HttpMethods.IsPost(context.HttpContext.Request.Method) ? patience.InvokeAsync(context, next) : next(context));
        return group;
    }
}
