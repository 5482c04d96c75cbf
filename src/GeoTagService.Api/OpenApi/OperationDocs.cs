using GeoTagService.Api.Batches;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Telemetry;
using GeoTagService.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace GeoTagService.Api.OpenApi;

/// <summary>Gives every operation its texts, request bodies, headers and error responses.</summary>
internal sealed class OperationDocs(RequestBodies bodies) : IOperationFilter
{
    private static readonly Dictionary<int, string> ProblemTexts = new()
    {
        [400] = "Malformed: framing, JSON, numbers or text that cannot be read (`malformed`, `invalid-text`).",
        [401] = "An API key is configured and none that is valid was sent (`api-key-required`).",
        [404] = "The bundle that serves has no location encoder (`no-location-encoder`).",
        [408] =
            "The upload took too long (`upload-timeout`) or came too slowly (`upload-too-slow`), or the `X-Request-Timeout` that was sent is over (`deadline-exceeded`).",
        [413] =
            "Over a limit of bytes, pixels, items, members or levels (`image-too-large`, `field-too-large`, `too-many-items`, `too-many-members`, `too-deep`, `request-too-large`).",
        [415] = "Not an image format that is read (`unsupported-media`), or not a body that is read (`unsupported-content-type`).",
        [422] = "Understood but not usable (`invalid-image`, `invalid-value`, `missing-input`, `conflict`).",
        [429] = "A rate limit is configured and reached (`rate-limited`).",
        [500] = "A fault of the service (`inference-failed`, `internal-error`).",
        [503] = "Busy, starting or stopping (`overloaded`, `not-ready`). Try again after `Retry-After` seconds.",
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.OperationId is not { } id || !OperationCatalogue.Texts.TryGetValue(id, out var text))
        {
            return;
        }

        operation.Summary = text.Summary;
        operation.Description = text.Description;
        operation.Tags = new HashSet<OpenApiTagReference> { new(text.Group, context.Document) };
        operation.Responses ??= [];
        if (operation.Responses.TryGetValue("200", out var success))
        {
            success.Description = text.Success;
        }

        bodies.Describe(operation, context);
        if (text.Group == OperationCatalogue.Health)
        {
            operation.Security = [];
        }

        if (id == "tagBatch" && success?.Content?[NdJsonWriter.ContentType] is { } lines)
        {
            lines.Schema = RequestBodies.BatchLines(context);
        }

        if (text.Group == OperationCatalogue.Model || id == "mapTag")
        {
            AddCaching(operation, success);
        }

        foreach (var status in text.Problems)
        {
            AddProblem(operation, context, status, isHealth: text.Group == OperationCatalogue.Health);
        }

        if (text.Group is OperationCatalogue.Tagging or OperationCatalogue.Embeddings)
        {
            AddTiming(operation, success);
        }
    }

    private static void AddProblem(OpenApiOperation operation, OperationFilterContext context, int status, bool isHealth)
    {
        var key = status.ToString();
        if (!operation.Responses!.TryGetValue(key, out var response))
        {
            response = new OpenApiResponse
            {
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [ProblemResults.ContentType] = new()
                    {
                        Schema = context.SchemaGenerator.GenerateSchema(typeof(TagProblem), context.SchemaRepository),
                        Example = ProblemExamples.Of(status),
                    },
                },
            };
            operation.Responses[key] = response;
        }

        response.Description = isHealth ? "They are not; the reason says why." : ProblemTexts[status];
        if (status is 429 or 503 && response is OpenApiResponse concrete)
        {
            concrete.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader
                {
                    Description = "Whole seconds to wait.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" },
                },
            };
        }
    }

    private static void AddCaching(OpenApiOperation operation, IOpenApiResponse? success)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(
            new OpenApiParameter
            {
                Name = "If-None-Match",
                In = ParameterLocation.Header,
                Description = "The `ETag` of the answer that you have. While nothing has changed since, the answer is 304.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            }
        );
        if (operation.Responses!.TryGetValue("304", out var unchanged))
        {
            unchanged.Description = "What you have is still right.";
        }

        if (success is OpenApiResponse concrete)
        {
            concrete.Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["ETag"] = new OpenApiHeader
                {
                    Description = "Names this answer.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
        }
    }

    private static void AddTiming(OpenApiOperation operation, IOpenApiResponse? success)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(
            new OpenApiParameter
            {
                Name = RequestClock.Header,
                In = ParameterLocation.Header,
                Description = "Seconds that you will wait. What cannot be answered by then is refused with 408.",
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Number,
                    ExclusiveMinimum = "0",
                    Maximum = "3600",
                },
            }
        );
        if (success is OpenApiResponse concrete && operation.OperationId is "tagPhoto" or "embed")
        {
            concrete.Headers = new Dictionary<string, IOpenApiHeader>
            {
                [ServerTiming.Header] = new OpenApiHeader
                {
                    Description = "Milliseconds by stage: read, decode, tokenize, queue, encode, head, total.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
        }
    }
}
