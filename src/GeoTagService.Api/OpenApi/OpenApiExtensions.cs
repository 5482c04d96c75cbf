using GeoTagService.Contracts;
using Microsoft.OpenApi;

namespace GeoTagService.Api.OpenApi;

/// <summary>The OpenAPI document at <c>/swagger/v1/swagger.json</c> and Swagger UI at <c>/swagger</c>.</summary>
internal static class OpenApiExtensions
{
    /// <summary>Name of the document.</summary>
    public const string DocumentName = "v1";

    private const string Description = """
        Tags landscape photographs of Britain and Ireland with Geograph's 49 context tags, from the photo, its title and
        its place, by CLIP and the heads of *CLIP the Landscape*.

        * Send a photo, a title, or both; a place helps. The service picks the head that was measured best for what it
          gets, and says which.
        * Every error is an `application/problem+json` document (RFC 9457) with a stable `code` and the `field` to blame.
        * `503` always carries `Retry-After` in whole seconds. `X-Request-Timeout` (seconds) tells the service how long you
          will wait: what cannot be answered by then is refused at once.
        * `Server-Timing` says where the milliseconds went.
        """;

    /// <summary>Adds the document's generator.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddSingleton<BodyExamples>();
        services.AddSingleton<RequestBodies>();
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc(
                DocumentName,
                new OpenApiInfo
                {
                    Title = "GeoTagService",
                    Version = "1.0",
                    Description = Description,
                    License = new OpenApiLicense { Name = "MIT", Url = new Uri("https://opensource.org/license/mit") },
                }
            );
            foreach (var assembly in new[] { typeof(TagResponse).Assembly, typeof(OpenApiExtensions).Assembly })
            {
                var docs = Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml");
                if (File.Exists(docs))
                {
                    swagger.IncludeXmlComments(docs);
                }
            }

            swagger.OrderActionsBy(action => action.RelativePath);
            swagger.SupportNonNullableReferenceTypes();
            swagger.SchemaFilter<WireSchemaFilter>();
            swagger.OperationFilter<OperationDocs>();
            swagger.DocumentFilter<DocumentDocs>();
        });
        return services;
    }

    /// <summary>Serves the document and its page.</summary>
    public static void UseOpenApiDocument(this WebApplication app)
    {
        app.UseSwagger(swagger =>
            swagger.PreSerializeFilters.Add(
                (document, request) =>
                    // Relative to wherever a gateway put the service, so that Try it out works there too.
                    document.Servers = [new OpenApiServer { Url = request.PathBase.HasValue ? request.PathBase.Value : "/" }]
            )
        );
        app.UseSwaggerUI(page =>
        {
            page.DocumentTitle = "GeoTagService API";
            page.SwaggerEndpoint($"{DocumentName}/swagger.json", "GeoTagService v1");
            page.DisplayRequestDuration();
            page.EnableDeepLinking();
            page.EnableTryItOutByDefault();
            page.DefaultModelsExpandDepth(0);
        });
    }
}
