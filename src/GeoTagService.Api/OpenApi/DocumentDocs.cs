using GeoTagService.Api.Access;
using GeoTagService.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace GeoTagService.Api.OpenApi;

/// <summary>What concerns the document as a whole: groups, keys, and the records that only streams carry.</summary>
internal sealed class DocumentDocs(ApiKeys keys) : IDocumentFilter
{
    private const string ApiKey = "apiKey";
    private const string Bearer = "bearer";

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = OperationCatalogue.Tagging, Description = "Tags for photos and titles." },
            new() { Name = OperationCatalogue.Embeddings, Description = "Vectors of photos and titles, and tags from stored vectors." },
            new() { Name = OperationCatalogue.Model, Description = "What the service knows and what serves." },
            new() { Name = OperationCatalogue.Places, Description = "What is expected to be seen at a place." },
            new() { Name = OperationCatalogue.Health, Description = "Probes. They need no key and have no limit." },
        };
        context.SchemaGenerator.GenerateSchema(typeof(TagProblem), context.SchemaRepository);

        swaggerDoc.Components ??= new OpenApiComponents();
        // Of a vector, which is described by the forms that it has on the wire.
        swaggerDoc.Components.Schemas?.Remove(nameof(EmbeddingEncoding));
        swaggerDoc.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [ApiKey] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = ApiKeys.Header,
                Description = "A key of this service, where it has some.",
            },
            [Bearer] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The same key as `Authorization: Bearer`.",
            },
        };
        swaggerDoc.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiKey, swaggerDoc)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, swaggerDoc)] = [] },
        ];
        if (!keys.AreRequired)
        {
            // Or nothing at all.
            swaggerDoc.Security.Add([]);
        }
    }
}
