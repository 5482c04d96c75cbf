using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Fields;
using GeoTagService.Contracts;
using GeoTagService.Core.Hosting;

namespace GeoTagService.Api.OpenApi;

/// <summary>Bodies that are answered as they stand.</summary>
internal sealed class BodyExamples(ServingModels models)
{
    /// <summary>A photo by itself: one of the page's drawings.</summary>
    public const string Drawing = "/samples/church.webp";

    /// <summary>Names the member that says where the service has an example which is no text.</summary>
    public const string FileExtension = "x-example-file";

    private const string Lines = """
        {"id":"a","title":"Lock 7 on the Peak Forest Canal, Marple","gridReference":"SJ 96 88"}
        {"id":"b","title":"Heathrow Airport","lat":51.47,"lon":-0.4543,"threshold":0.2}

        """;

    /// <summary>Lines of a batch.</summary>
    public static JsonNode Batch => JsonValue.Create(Lines.ReplaceLineEndings("\n"));

    /// <summary>An item of a form or of JSON: the examples of its fields but for those that say the same as others.</summary>
    public static JsonObject Item(FieldSet fields, bool inJson)
    {
        var item = new JsonObject();
        foreach (var field in new[] { RequestFields.Image }.Concat(fields.Text))
        {
            // The place by its grid reference alone: with degrees beside it the two would have to agree.
            if (field.Example is { } example && field != RequestFields.Lat && field != RequestFields.Lon)
            {
                item[field.Name] = ((inJson ? field.JsonExample : null) ?? example).DeepClone();
            }
        }

        return item;
    }

    /// <summary>A form of one photo with its item.</summary>
    public static JsonObject BatchForm() =>
        new()
        {
            [MultipartBatchReader.ItemPart] = new JsonArray(
                new JsonObject { ["id"] = "a", ["title"] = RequestFields.Title.Example!.DeepClone() }
            ),
            [RequestFields.Image.Name] = new JsonArray(RequestFields.Image.Example!.DeepClone()),
        };

    /// <summary>A small vector that any model of this width scores; its values mean nothing.</summary>
    public JsonObject Embedded()
    {
        var values = new float[models.Current.Model.Encoder.Geometry.EmbeddingDimension];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((i * 7 % 11) - 5) / 8f;
        }

        var vector = JsonSerializer.SerializeToNode(
            new EmbeddedItem { Title = new EmbeddingVector(values, EmbeddingEncoding.Base64) },
            TagJson.Default.EmbeddedItem
        );
        return new JsonObject { ["id"] = "a", ["title"] = vector!["title"]!.DeepClone() };
    }

    /// <summary>The same as a line.</summary>
    public JsonNode EmbeddedLine() => JsonValue.Create(Embedded().ToJsonString() + "\n");
}
