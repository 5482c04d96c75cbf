using System.Text.Json.Nodes;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Fields;
using GeoTagService.Contracts;
using GeoTagService.Core;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace GeoTagService.Api.OpenApi;

/// <summary>The request bodies and query parameters, which the readers take from the wire themselves: from the same table of fields,
/// with an example of every kind that is answered when it is sent as it stands.</summary>
internal sealed class RequestBodies(BodyExamples examples, IOptions<TaggingOptions> tagging)
{
    private const string Json = "application/json";
    private const string PlainText = "text/plain";
    private const string Multipart = "multipart/form-data";
    private const string UrlEncoded = "application/x-www-form-urlencoded";
    private const string Photo = "image/*";

    private const string InsteadOfAForm = " In the query for an `image/*` body; a form has its own field.";
    private const string ForAllItems = " Holds for items that do not set it.";

    /// <summary>Describes the body of an operation.</summary>
    public void Describe(OpenApiOperation operation, OperationFilterContext context)
    {
        switch (operation.OperationId)
        {
            case "tagPhoto":
                OneItem(operation, FieldSet.Tagging, Reference<TagItem>(context));
                break;
            case "findEvidence":
                OneItem(operation, FieldSet.Evidence, Members(FieldSet.Evidence));
                break;
            case "embed":
                OneItem(operation, FieldSet.Embedding, Members(FieldSet.Embedding));
                break;
            case "describePlace":
                AddQuery(operation, FieldSet.Place.Text, "", withExample: true);
                break;
            case "mapTag":
                AddQuery(operation, FieldSet.TagMap.Text, "", withExample: true);
                break;
            case "tagBatch":
                AddQuery(operation, FieldSet.BatchOptions.Text, ForAllItems);
                operation.RequestBody = Body(
                    true,
                    [
                        // First, because Swagger UI offers the first, and lets a file be chosen for NDJSON.
                        (PlainText, Lines("One TagItem a line.", isFile: false), BodyExamples.Batch),
                        (NdJsonWriter.ContentType, Lines("One TagItem a line.", isFile: true), BodyExamples.Batch),
                        (Multipart, BatchForm(context), BodyExamples.BatchForm()),
                    ]
                );
                break;
            case "tagFromEmbeddings":
                AddQuery(operation, FieldSet.BatchOptions.Text, ForAllItems);
                operation.RequestBody = Body(
                    true,
                    [
                        (
                            Json,
                            new OpenApiSchema { AnyOf = [Reference<EmbeddedItems>(context), Reference<EmbeddedItem>(context)] },
                            examples.Embedded()
                        ),
                        (NdJsonWriter.ContentType, Lines("One EmbeddedItem a line.", isFile: true), examples.EmbeddedLine()),
                        (PlainText, Lines("One EmbeddedItem a line.", isFile: false), examples.EmbeddedLine()),
                    ]
                );
                AddAnswer<BatchResponse>(operation, context);
                break;
        }
    }

    /// <summary>One item in every form that <see cref="Tagging.ItemReader"/> takes.</summary>
    private void OneItem(OpenApiOperation operation, FieldSet fields, IOpenApiSchema json)
    {
        AddQuery(operation, [RequestFields.Image, .. fields.Text], InsteadOfAForm);
        var inForm = BodyExamples.Item(fields, inJson: false);
        operation.RequestBody = Body(
            false,
            [
                (Multipart, Form(fields, photo: Binary()), inForm),
                (Json, json, BodyExamples.Item(fields, inJson: true)),
                (UrlEncoded, Form(fields, photo: Schema(RequestFields.Image, withExample: true)), inForm.DeepClone()),
                (Photo, Binary(), null),
            ]
        );
        // A picture cannot stand in JSON, and generators follow an externalValue to wherever they run: this says where one is.
        operation.RequestBody.Content![Photo].Extensions = new Dictionary<string, IOpenApiExtension>
        {
            [BodyExamples.FileExtension] = new JsonNodeExtension(JsonValue.Create(BodyExamples.Drawing)),
        };
    }

    private static void AddAnswer<T>(OpenApiOperation operation, OperationFilterContext context)
    {
        if (operation.Responses?["200"].Content is { } content && content.TryGetValue(Json, out var single))
        {
            single.Schema = new OpenApiSchema { AnyOf = [single.Schema!, Reference<T>(context)] };
            content[NdJsonWriter.ContentType] = new OpenApiMediaType { Schema = BatchLines(context) };
        }
    }

    /// <summary>What a line of a batch's answer is.</summary>
    public static OpenApiSchema BatchLines(OperationFilterContext context) =>
        new() { AnyOf = [Reference<BatchLine>(context), Reference<BatchEnd>(context)] };

    private static void AddQuery(OpenApiOperation operation, IEnumerable<RequestField> fields, string hint, bool withExample = false)
    {
        operation.Parameters ??= [];
        foreach (var field in fields)
        {
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = field.Name,
                    In = ParameterLocation.Query,
                    Description = field.Description + hint,
                    Schema = Schema(field, withExample: false),
                    Example = withExample ? field.Example?.DeepClone() : null,
                }
            );
        }
    }

    private static OpenApiSchema Form(FieldSet fields, IOpenApiSchema photo)
    {
        var form = new OpenApiSchema { Type = JsonSchemaType.Object, Properties = new Dictionary<string, IOpenApiSchema>() };
        form.Properties[RequestFields.Image.Name] = photo;
        foreach (var field in fields.Text)
        {
            form.Properties[field.Name] = Schema(field, withExample: true);
        }

        return form;
    }

    private static OpenApiSchema Members(FieldSet fields) =>
        new()
        {
            Type = JsonSchemaType.Object,
            Properties = fields.Json.ToDictionary(field => field.Name, IOpenApiSchema (field) => Schema(field, withExample: false)),
        };

    private OpenApiSchema BatchForm(OperationFilterContext context) =>
        new()
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                [MultipartBatchReader.ItemPart] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = Reference<TagItem>(context),
                    Description = "Title, place and options of the photo that follows, as JSON.",
                },
                [RequestFields.Image.Name] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = Binary(),
                    Description = "The photos; one without an item before it is an item of its own.",
                },
            },
        };

    private OpenApiSchema Binary() =>
        new()
        {
            Type = JsonSchemaType.String,
            Format = "binary",
            Description =
                $"{PhotoFormatNames.List(tagging.Value.Formats)}; at most {tagging.Value.MaxImageBytes:N0} bytes and {tagging.Value.MaxImagePixels:N0} pixels.",
        };

    private static OpenApiSchema Lines(string description, bool isFile) =>
        new()
        {
            Type = JsonSchemaType.String,
            Format = isFile ? "binary" : null,
            Description = description,
        };

    private static IOpenApiSchema Reference<T>(OperationFilterContext context) =>
        context.SchemaGenerator.GenerateSchema(typeof(T), context.SchemaRepository);

    private static OpenApiRequestBody Body(bool required, (string Type, IOpenApiSchema Schema, JsonNode? Example)[] forms) =>
        new()
        {
            Required = required,
            Content = forms.ToDictionary(form => form.Type, form => new OpenApiMediaType { Schema = form.Schema, Example = form.Example }),
        };

    private static OpenApiSchema Schema(RequestField field, bool withExample)
    {
        var schema = new OpenApiSchema
        {
            Description = field.Description,
            Type = field.Type,
            // The photo as text: its bytes are a matter of forms and of bodies that are photos.
            Format = field.IsPhoto ? null : field.Format,
            Minimum = field.Least,
            Maximum = field.Most,
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
