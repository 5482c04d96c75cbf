using GeoTagService.Api.Access;
using GeoTagService.Contracts;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace GeoTagService.Api.OpenApi;

/// <summary>What concerns the document as a whole: groups, the key, and the records that only streams carry.</summary>
internal sealed class DocumentDocs(IOptions<AccessOptions> access) : IDocumentFilter
{
    private const string ApiKey = "apiKey";

    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        swaggerDoc.Tags = new HashSet<OpenApiTag>
        {
            new() { Name = OperationCatalogue.Tagging, Description = "Tags for photos and titles." },
            new() { Name = OperationCatalogue.Embeddings, Description = "Vectors of photos and titles, and tags from stored vectors." },
            new() { Name = OperationCatalogue.Model, Description = "What the service knows and what serves." },
            new() { Name = OperationCatalogue.Health, Description = "Probes. They need no key and have no limit." },
        };
        context.SchemaGenerator.GenerateSchema(typeof(TagProblem), context.SchemaRepository);
        context.SchemaGenerator.GenerateSchema(typeof(BatchEnd), context.SchemaRepository);
        context.SchemaGenerator.GenerateSchema(typeof(TagItem), context.SchemaRepository);

        if (access.Value.ApiKeys.Count > 0)
        {
            swaggerDoc.Components ??= new OpenApiComponents();
            swaggerDoc.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            swaggerDoc.Components.SecuritySchemes[ApiKey] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Header,
                Name = ApiKeys.Header,
            };
            swaggerDoc.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiKey, swaggerDoc)] = [] }];
        }
    }
}
