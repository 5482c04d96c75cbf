using GeoTagService.Api.Access;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Catalogue;
using GeoTagService.Api.Embeddings;
using GeoTagService.Api.Fetching;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api;

/// <summary>The edge's own services, and the group that all operations share.</summary>
internal static class TagEdgeExtensions
{
    /// <summary>Adds readers, writers and what describes the model.</summary>
    public static IServiceCollection AddTagEdge(this IServiceCollection services)
    {
        services.AddOptions<FetchOptions>().BindConfiguration(FetchOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<FetchOptions>, FetchOptionsValidator>();
        services.AddSingleton<PhotoFetcher>();
        services.AddSingleton<UploadBudget>();
        services.AddScoped<ServedModel>();
        services.AddSingleton<ModelDescriptions>();
        services.AddScoped<ItemReader>();
        services.AddSingleton<BodyReceiver>();
        services.AddSingleton<EmbeddingReader>();
        services.AddSingleton<BatchReader>();
        services.AddSingleton<MultipartBatchReader>();
        services.AddScoped<BatchRunner>();
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

    /// <summary>Marks the endpoints of a group as operations, for which <see cref="AccessExtensions.UseAccess"/> asks for keys and
    /// counts requests, and lets work pass only while there is somebody to do it.</summary>
    public static RouteGroupBuilder Guard(RouteGroupBuilder group, IServiceProvider services)
    {
        var gate = services.GetRequiredService<DrainGate>();
        var patience = services.GetRequiredService<WarmupPatience>();
        group.WithMetadata(Operation.Mark);
        group.AddEndpointFilter(
            (context, next) =>
                BodyEncodings.Refusal(context.HttpContext) is { } refusal
                    ? ValueTask.FromResult<object?>(refusal.ToResult())
                    : next(context)
        );
        group.AddEndpointFilter(
            (context, next) => HttpMethods.IsPost(context.HttpContext.Request.Method) ? gate.InvokeAsync(context, next) : next(context)
        );
        group.AddEndpointFilter(
            (context, next) => HttpMethods.IsPost(context.HttpContext.Request.Method) ? patience.InvokeAsync(context, next) : next(context)
        );
        return group;
    }
}
