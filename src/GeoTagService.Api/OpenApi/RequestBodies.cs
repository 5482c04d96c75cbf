using System.Text.Json.Nodes;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Tagging;
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
                AddQuery(operation, FieldNames.Tagging);
                operation.RequestBody = Body(false, [
                    (Multipart, Form(FieldNames.Tagging, withPhoto: true), null),
                    (Json, Reference<TagItem>(context), JsonNode.Parse("""{"title":"Lock 7 on the Peak Forest Canal, Marple","gridReference":"SJ 96 88"}""")),
                    (UrlEncoded, Form(FieldNames.Tagging, withPhoto: false), null),
                    ("image/*", Binary(), null),
                ]);
                break;
            case "findEvidence":
                var evidence = Form(FieldNames.Evidence, withPhoto: true);
                evidence.Required = new HashSet<string> { FieldNames.Image, FieldNames.Tag };
                operation.RequestBody = Body(true, [(Multipart, evidence, null)]);
                break;
            case "embed":
                AddQuery(operation, FieldNames.Embedding);
                operation.RequestBody = Body(false, [
                    (Multipart, Form(FieldNames.Embedding, withPhoto: true), null),
                    (UrlEncoded, Form(FieldNames.Embedding, withPhoto: false), null),
                    ("image/*", Binary(), null),
                ]);
                break;
            case "tagBatch":
                AddQuery(operation, FieldNames.BatchOptions);
                operation.RequestBody = Body(true, [
                    // First, because Swagger UI offers the first, and writes a text of any "json" type in quotes.
                    (PlainText, Lines("One TagItem a line."), JsonValue.Create(BatchExample)),
                    (NdJsonWriter.ContentType, Lines("One TagItem a line."), null),
                    (Multipart, BatchForm(), null),
                ]);
                break;
            case "tagFromEmbeddings":
                AddQuery(operation, [FieldNames.Head, FieldNames.Threshold, FieldNames.Explain]);
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

    private static void AddQuery(OpenApiOperation operation, IEnumerable<string> names)
    {
        operation.Parameters ??= [];
        foreach (var name in names)
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Query,
                Description = Describe(name) + QueryHint(operation),
                Schema = Field(name, withExample: false),
            });
        }
    }

    private static string QueryHint(OpenApiOperation operation) => operation.OperationId is "tagPhoto" or "embed"
        ? " In the query for an `image/*` body; a form has its own field."
        : " Holds for items that do not set it.";

    private OpenApiSchema Form(IEnumerable<string> names, bool withPhoto)
    {
        var form = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>() };
        if (withPhoto)
        {
            form.Properties[FieldNames.Image] = Binary();
        }

        foreach (var name in names)
        {
            form.Properties[name] = Field(name, withExample: true);
        }

        return form;
    }

    private OpenApiSchema BatchForm() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            [FieldNames.Image] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Binary() },
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

    private static OpenApiSchema Field(string name, bool withExample)
    {
        var schema = new OpenApiSchema { Description = Describe(name) };
        (schema.Type, var example) = name switch
        {
            FieldNames.Lat => (JsonSchemaType.Number, JsonValue.Create(53.3933)),
            FieldNames.Lon => (JsonSchemaType.Number, JsonValue.Create(-2.0541)),
            FieldNames.Explain => (JsonSchemaType.String, JsonValue.Create("true")),
            FieldNames.ApplyOrientation or FieldNames.Normalize => (JsonSchemaType.Boolean, null),
            FieldNames.Title => (JsonSchemaType.String, JsonValue.Create("Lock 7 on the Peak Forest Canal, Marple")),
            FieldNames.Head => (JsonSchemaType.String, JsonValue.Create("auto")),
            FieldNames.GridReference => (JsonSchemaType.String, JsonValue.Create("SJ 96 88")),
            FieldNames.Threshold => (JsonSchemaType.String, JsonValue.Create("0.5")),
            FieldNames.Tag => (JsonSchemaType.String, JsonValue.Create("tag1077")),
            _ => (JsonSchemaType.String, (JsonNode?)null),
        };
        (schema.Format, schema.Minimum, schema.Maximum) = name switch
        {
            FieldNames.Lat => ("double", "-90", "90"),
            FieldNames.Lon => ("double", "-180", "180"),
            _ => (null, null, null),
        };
        schema.Enum = name switch
        {
            FieldNames.Explain => [JsonValue.Create("false"), JsonValue.Create("true"), JsonValue.Create("all")],
            FieldNames.Encoding => [JsonValue.Create("numbers"), JsonValue.Create("base64")],
            _ => null,
        };
        if (withExample)
        {
            // OpenAPI 3.0 knows this keyword alone, and Swagger UI fills forms from it.
#pragma warning disable CS0618
            schema.Example = example;
#pragma warning restore CS0618
        }

        return schema;
    }

    private static string Describe(string name) => name switch
    {
        FieldNames.Title => "The photo's title.",
        FieldNames.Lat => "Degrees north, WGS84, -90 to 90; goes with `lon`.",
        FieldNames.Lon => "Degrees east, WGS84, -180 to 180; goes with `lat`.",
        FieldNames.GridReference => "Grid reference, instead of lat and lon: National (`SJ 96 88`) or Irish (`O1234`).",
        FieldNames.Tag => "Id of the tag to look for, chosen or not: `tag1077`.",
        FieldNames.Head => "A head of the model by name, or `auto` (default).",
        FieldNames.Threshold => "A number above 0 and below 1 for all tags (default: the head's own), or a JSON object of tag ids and numbers: `{\"default\":0.5,\"tag1077\":0.2}`.",
        FieldNames.Explain => "What spoke for the chosen tags (`true`), for every tag (`all`), or nothing (`false`, default).",
        FieldNames.ApplyOrientation => "Whether to turn the photo as its EXIF orientation says (default true).",
        FieldNames.Normalize => "Whether to divide each vector by its length (default false: raw, as the heads need it).",
        _ => "How vectors are written: `numbers` (default) or `base64` of little-endian float32.",
    };
}
