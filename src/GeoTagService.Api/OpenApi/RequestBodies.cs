using System.Text.Json.Nodes;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Fields;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Encoders;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace GeoTagService.Api.OpenApi;

/// <summary>The request bodies and query parameters, which the readers take from the wire themselves, with examples that
/// work as they are.</summary>
internal sealed class RequestBodies(LoadedModel model, IOptions<TaggingOptions> tagging)
{
    private const string Json = "application/json";
    private const string PlainText = "text/plain";
    private const string Multipart = "multipart/form-data";
    private const string UrlEncoded = "application/x-www-form-urlencoded";

    private const string BatchExample =
        """
        {"id":"a","title":"Lock 7 on the Peak Forest Canal, Marple","gridReference":"SJ 96 88"}
        {"id":"b","title":"Heathrow Airport","lat":51.47,"lon":-0.4543,"threshold":0.2}

        """;

    /// <summary>Describes the body of an operation.</summary>
    public void Describe(OpenApiOperation operation, OperationFilterContext context)
    {
        switch (operation.OperationId)
        {
            case "tagPhoto":
                AddQuery(operation, FieldSet.Tagging.Text);
                operation.RequestBody = Body(false, [
                    (Multipart, Form(FieldSet.Tagging, withPhoto: true), null),
                    (Json, Reference<TagItem>(context), JsonNode.Parse("""{"title":"Lock 7 on the Peak Forest Canal, Marple","gridReference":"SJ 96 88"}""")),
                    (UrlEncoded, Form(FieldSet.Tagging, withPhoto: false), null),
                    ("image/*", Binary(), null),
                ]);
                break;
            case "findEvidence":
                var evidence = Form(FieldSet.Evidence, withPhoto: true);
                evidence.Required = new HashSet<string> { RequestFields.Image.Name, RequestFields.Tag.Name };
                operation.RequestBody = Body(true, [(Multipart, evidence, null)]);
                break;
            case "embed":
                AddQuery(operation, FieldSet.Embedding.Text);
                operation.RequestBody = Body(false, [
                    (Multipart, Form(FieldSet.Embedding, withPhoto: true), null),
                    (UrlEncoded, Form(FieldSet.Embedding, withPhoto: false), null),
                    ("image/*", Binary(), null),
                ]);
                break;
            case "tagBatch":
                AddQuery(operation, FieldSet.BatchOptions.Text);
                operation.RequestBody = Body(true, [
                    // First, because Swagger UI offers the first, and writes a text of any "json" type in quotes.
                    (PlainText, Lines("One TagItem a line."), JsonValue.Create(BatchExample)),
                    (NdJsonWriter.ContentType, Lines("One TagItem a line."), null),
                    (Multipart, BatchForm(), null),
                ]);
                break;
            case "tagFromEmbeddings":
                AddQuery(operation, [RequestFields.Head, RequestFields.Threshold, RequestFields.Explain]);
                var one = Reference<EmbeddedItem>(context);
                var many = Reference<EmbeddedItems>(context);
                operation.RequestBody = Body(true, [
                    (Json, new OpenApiSchema { AnyOf = [many, one] }, EmbeddedExample()),
                    (NdJsonWriter.ContentType, Lines("One EmbeddedItem a line."), null),
                    (PlainText, Lines("One EmbeddedItem a line."), JsonValue.Create(EmbeddedExample().ToJsonString() + "\n")),
                ]);
                AddAnswer<BatchResponse>(operation, context);
                break;
        }
    }

    /// <summary>A small vector that any model of this width scores; its values mean nothing.</summary>
    private JsonObject EmbeddedExample()
    {
        var values = new float[model.Encoder.Geometry.EmbeddingDimension];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((i * 7 % 11) - 5) / 8f;
        }

        var vector = System.Text.Json.JsonSerializer.SerializeToNode(
            new EmbeddedItem { Title = new EmbeddingVector(values, EmbeddingEncoding.Base64) }, TagJson.Default.EmbeddedItem);
        return new JsonObject { ["id"] = "a", ["title"] = vector!["title"]!.DeepClone() };
    }

    private static void AddAnswer<T>(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.Responses?["200"].Content is { } content && content.TryGetValue(Json, out var single))
        {
            single.Schema = new OpenApiSchema { AnyOf = [single.Schema!, Reference<T>(context)] };
            content[NdJsonWriter.ContentType] = new OpenApiMediaType { Schema = Reference<BatchLine>(context) };
        }
    }

    private static void AddQuery(OpenApiOperation operation, IEnumerable<RequestField> fields)
    {
        operation.Parameters ??= [];
        foreach (var field in fields)
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = field.Name,
                In = ParameterLocation.Query,
                Description = field.Description + QueryHint(operation),
                Schema = Schema(field, withExample: false),
            });
        }
    }

    private static string QueryHint(OpenApiOperation operation) => operation.OperationId is "tagPhoto" or "embed"
        ? " In the query for an `image/*` body; a form has its own field."
        : " Holds for items that do not set it.";

    private OpenApiSchema Form(FieldSet fields, bool withPhoto)
    {
        var form = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>() };
        if (withPhoto)
        {
            form.Properties[RequestFields.Image.Name] = Binary();
        }

        foreach (var field in fields.Text)
        {
            form.Properties[field.Name] = Schema(field, withExample: true);
        }

        return form;
    }

    private OpenApiSchema BatchForm() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            [RequestFields.Image.Name] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Binary() },
        },
    };

    private OpenApiSchema Binary() => new()
    {
        Type = JsonSchemaType.String,
        Format = "binary",
        Description = $"JPEG, PNG, WebP, GIF or BMP; at most {tagging.Value.MaxImageBytes:N0} bytes and {tagging.Value.MaxImagePixels:N0} pixels.",
    };

    private static OpenApiSchema Lines(string description) => new() { Type = JsonSchemaType.String, Description = description };

    private static IOpenApiSchema Reference<T>(OperationFilterContext context) =>
        context.SchemaGenerator.GenerateSchema(typeof(T), context.SchemaRepository);

    private static OpenApiRequestBody Body(bool required, (string Type, IOpenApiSchema Schema, JsonNode? Example)[] forms) => new()
    {
        Required = required,
        Content = forms.ToDictionary(
            form => form.Type, form => new OpenApiMediaType { Schema = form.Schema, Example = form.Example }),
    };

    private static OpenApiSchema Schema(RequestField field, bool withExample)
    {
        var schema = new OpenApiSchema
        {
            Description = field.Description,
            Type = field.Type,
            Format = field.Format,
            Minimum = field.Range?.Least,
            Maximum = field.Range?.Most,
            Enum = field.Values is { } values ? [.. values.Select(value => JsonValue.Create(value))] : null,
        };
        if (withExample)
        {
            // OpenAPI 3.0 knows this keyword alone, and Swagger UI fills forms from it.
#pragma warning disable CS0618
            schema.Example = field.Example?.DeepClone();
#pragma warning restore CS0618
        }

        return schema;
    }
}
