using System.Text.Json;
using GeoTagService.Api.Fields;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

/// <summary>What is documented is what is taken, and the other way round.</summary>
public sealed class DocumentedFieldsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> OfOneItem => new("/v1/tags", "/v1/tags/evidence", "/v1/embeddings");

    [Theory]
    [MemberData(nameof(OfOneItem))]
    public async Task EveryForm_HasTheFieldsThatTheReaderTakes(string path)
    {
        var fields = path switch
        {
            "/v1/tags" => FieldSet.Tagging,
            "/v1/embeddings" => FieldSet.Embedding,
            _ => FieldSet.Evidence,
        };
        using var document = await ReadAsync();
        var operation = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty("post");
        var content = operation.GetProperty("requestBody").GetProperty("content");

        Assert.Equal(
            ["application/json", "application/x-www-form-urlencoded", "image/*", "multipart/form-data"],
            content.EnumerateObject().Select(type => type.Name).Order(StringComparer.Ordinal)
        );
        Assert.Equal(Sorted(fields.TextNames), Properties(document, content.GetProperty("multipart/form-data")));
        Assert.Equal(Sorted(fields.TextNames), Properties(document, content.GetProperty("application/x-www-form-urlencoded")));
        Assert.Equal(Sorted(fields.Json.Select(field => field.Name)), Properties(document, content.GetProperty("application/json")));
        Assert.Equal(Sorted(fields.TextNames), Query(operation));
    }

    [Fact]
    public async Task Items_HaveTheFieldsThatTheReaderTakes()
    {
        using var document = await ReadAsync();
        var paths = document.RootElement.GetProperty("paths");

        Assert.Equal(Sorted(FieldSet.Tagging.Json.Select(field => field.Name)), Names(document, "TagItem"));
        Assert.Equal(Sorted(FieldSet.Embedded.Json.Select(field => field.Name)), Names(document, "EmbeddedItem"));
        Assert.Equal(
            ["item", "image"],
            paths
                .GetProperty("/v1/tags/batch")
                .GetProperty("post")
                .GetProperty("requestBody")
                .GetProperty("content")
                .GetProperty("multipart/form-data")
                .GetProperty("schema")
                .GetProperty("properties")
                .EnumerateObject()
                .Select(property => property.Name)
        );
        foreach (var path in new[] { "/v1/tags/batch", "/v1/tags/from-embeddings" })
        {
            Assert.Equal(Sorted(FieldSet.BatchOptions.TextNames), Query(paths.GetProperty(path).GetProperty("post")));
        }
    }

    [Fact]
    public async Task Items_DescribeTheirFieldsAsTheTableDoes()
    {
        using var document = await ReadAsync();
        var schemas = document.RootElement.GetProperty("components").GetProperty("schemas");
        foreach (var (name, fields) in new[] { ("TagItem", FieldSet.Tagging), ("EmbeddedItem", FieldSet.Embedded) })
        {
            foreach (var field in fields.Json)
            {
                var property = schemas.GetProperty(name).GetProperty("properties").GetProperty(field.Name);
                if (property.TryGetProperty("$ref", out _))
                {
                    continue;
                }

                Assert.Equal(field.Description, property.GetProperty("description").GetString());
                Assert.Equal(field.Least, property.TryGetProperty("minimum", out var least) ? least.GetRawText() : null);
                Assert.Equal(field.Most, property.TryGetProperty("maximum", out var most) ? most.GetRawText() : null);
            }
        }
    }

    [Theory]
    [MemberData(nameof(OfOneItem))]
    public async Task EveryDocumentedField_IsTakenWithoutAWarning_AndAnotherIsNot(string path)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var document = JsonDocument.Parse(await client.GetStringAsync("/swagger/v1/swagger.json", Token));
        var content = document
            .RootElement.GetProperty("paths")
            .GetProperty(path)
            .GetProperty("post")
            .GetProperty("requestBody")
            .GetProperty("content");
        var names = Properties(document, content.GetProperty("application/json")).ToList();

        // A value that no field can have: a name that is known is blamed, one that is not is warned of.
        foreach (var name in names.Append("unheardOf"))
        {
            using var answer = await client.PostAsync(path, Requests.Json("{\"" + name + "\":{\"a\":[]}}"), Token);
            using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
            var blamed = problem.RootElement.TryGetProperty("field", out var field) ? field.GetString() : null;

            Assert.True(name == "unheardOf" ? blamed != name : blamed == name, $"{path} {name}: {problem.RootElement}");
        }
    }

    private static async Task<JsonDocument> ReadAsync()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        return JsonDocument.Parse(await client.GetStringAsync("/swagger/v1/swagger.json", Token));
    }

    private static IEnumerable<string> Properties(JsonDocument document, JsonElement content)
    {
        var schema = content.GetProperty("schema");
        return schema.TryGetProperty("$ref", out var name)
            ? Names(document, name.GetString()!.Split('/')[^1])
            : Sorted(schema.GetProperty("properties").EnumerateObject().Select(property => property.Name));
    }

    private static IEnumerable<string> Names(JsonDocument document, string schema) =>
        Sorted(
            document
                .RootElement.GetProperty("components")
                .GetProperty("schemas")
                .GetProperty(schema)
                .GetProperty("properties")
                .EnumerateObject()
                .Select(property => property.Name)
        );

    private static IEnumerable<string> Query(JsonElement operation) =>
        Sorted(
            operation
                .GetProperty("parameters")
                .EnumerateArray()
                .Where(parameter => parameter.GetProperty("in").GetString() == "query")
                .Select(parameter => parameter.GetProperty("name").GetString()!)
        );

    private static IEnumerable<string> Sorted(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);
}
