using System.Net;
using System.Text;
using System.Text.Json;
using GeoTagService.Testing;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

public sealed class OpenApiDocumentTests
{
    private const string UpdateVariable = "GEOTAG_UPDATE_SNAPSHOTS";

    private static string SnapshotPath =>
        Path.Combine(ReferenceData.RepositoryRoot, "tests", "GeoTagService.Api.FunctionalTests", "OpenApi", "openapi.v1.json");

    [Fact]
    public async Task Document_IsValid()
    {
        var (document, diagnostic) = await ReadAsync();

        Assert.Empty(diagnostic.Errors.Select(error => error.ToString()));
        Assert.Empty(diagnostic.Warnings.Select(warning => warning.ToString()));
        Assert.Empty(document.Validate(ValidationRuleSet.GetDefaultRuleSet()).Select(error => error.ToString()));
    }

    [Fact]
    public async Task Document_IsTheOneThatWasReviewed()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        var served =
            (await client.GetStringAsync("/swagger/v1/swagger.json", TestContext.Current.CancellationToken))
                .ReplaceLineEndings("\n")
                .TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(SnapshotPath, served, TestContext.Current.CancellationToken);
        }

        var reviewed = (await File.ReadAllTextAsync(SnapshotPath, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");

        Assert.True(reviewed == served, $"the document has changed; review it and run the test with {UpdateVariable}=1");
    }

    [Fact]
    public async Task Operations_KeepTheNamesThatClientsAreGeneratedWith()
    {
        var (document, _) = await ReadAsync();

        Assert.Equal(
            [
                "describePlace",
                "embed",
                "findEvidence",
                "getModel",
                "listTags",
                "live",
                "mapTag",
                "ready",
                "tagBatch",
                "tagFromEmbeddings",
                "tagPhoto",
            ],
            Operations(document).Select(operation => operation.OperationId!).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task EveryOperation_IsDescribedWithItsParametersAndErrors()
    {
        var (document, _) = await ReadAsync();

        foreach (var operation in Operations(document))
        {
            Assert.False(string.IsNullOrWhiteSpace(operation.Summary), $"{operation.OperationId} has no summary");
            Assert.False(string.IsNullOrWhiteSpace(operation.Description), $"{operation.OperationId} has no description");
            Assert.All(
                operation.Parameters ?? [],
                parameter =>
                    Assert.False(
                        string.IsNullOrWhiteSpace(parameter.Description),
                        $"{operation.OperationId}: {parameter.Name} has no description"
                    )
            );
            Assert.All(
                operation.Responses!,
                response =>
                    Assert.False(
                        string.IsNullOrWhiteSpace(response.Value.Description),
                        $"{operation.OperationId}: {response.Key} has no description"
                    )
            );
            Assert.All(
                operation.Responses!.Where(response => response.Key[0] is '4' or '5' && operation.OperationId is not ("live" or "ready")),
                response => Assert.Equal(["application/problem+json"], response.Value.Content!.Keys)
            );
        }

        var tag = Operations(document).Single(operation => operation.OperationId == "tagPhoto");
        Assert.Equal(["200", "400", "401", "408", "413", "415", "422", "429", "500", "503"], tag.Responses!.Keys.Order());
    }

    [Fact]
    public async Task EveryPropertyOfEverySchema_IsDescribed()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        using var answer = await client.GetAsync("/swagger/v1/swagger.json", TestContext.Current.CancellationToken);
        var schemas = (await answer.JsonAsync()).GetProperty("components").GetProperty("schemas");

        var bare = schemas
            .EnumerateObject()
            .Where(schema => schema.Value.TryGetProperty("properties", out _))
            .SelectMany(schema =>
                schema
                    .Value.GetProperty("properties")
                    .EnumerateObject()
                    .Where(property =>
                        !property.Value.TryGetProperty("description", out _) && !property.Value.TryGetProperty("$ref", out _)
                    )
                    .Select(property => $"{schema.Name}.{property.Name}")
            );

        Assert.Empty(bare);
    }

    [Fact]
    public async Task Examples_WorkByPressingTryItOut()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var answer = await client.GetAsync("/swagger/v1/swagger.json", TestContext.Current.CancellationToken);
        var paths = (await answer.JsonAsync()).GetProperty("paths");
        var tried = 0;

        foreach (var path in paths.EnumerateObject().Where(path => path.Value.TryGetProperty("post", out _)))
        {
            foreach (var body in path.Value.GetProperty("post").GetProperty("requestBody").GetProperty("content").EnumerateObject())
            {
                using var content = Example(body);
                if (content is null)
                {
                    continue;
                }

                tried++;
                using var result = await client.PostAsync(path.Name, content, TestContext.Current.CancellationToken);
                var text = await result.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.True(result.StatusCode == HttpStatusCode.OK, $"{path.Name} with {body.Name}: {text}");
                Assert.DoesNotContain("\"error\"", text, StringComparison.Ordinal);
            }
        }

        Assert.Equal(12, tried);
    }

    [Theory]
    [InlineData("/swagger/index.html", "text/html")]
    [InlineData("/", "text/html")]
    public async Task Pages_AreServed(string path, string type)
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();

        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>What Swagger UI sends when nothing is changed: the example, in quotes where the type has "json" in its name
    /// and the example is text; or a form of every field's example, and where there is none, of its type's name.</summary>
    private static HttpContent? Example(JsonProperty body)
    {
        var isForm = body.Name is "multipart/form-data" or "application/x-www-form-urlencoded";
        if (!isForm && body.Value.TryGetProperty("example", out var example))
        {
            if (body.Value.GetProperty("schema").TryGetProperty("format", out var binary) && binary.GetString() == "binary")
            {
                // A file is chosen.
                return null;
            }

            var asIs = example.ValueKind == JsonValueKind.String && !body.Name.Contains("json", StringComparison.Ordinal);
            return new StringContent(asIs ? example.GetString()! : example.GetRawText(), Encoding.UTF8, body.Name);
        }

        var schema = body.Value.GetProperty("schema");
        if (!schema.TryGetProperty("properties", out var properties))
        {
            return null;
        }

        var fields = properties
            .EnumerateObject()
            .Where(property => !IsFile(property.Value))
            .Select(property => (property.Name, Filled(property.Value)))
            .ToArray();
        if (fields.Length == 0)
        {
            return null;
        }

        // Somebody chooses a photo, too.
        return body.Name.StartsWith("multipart/", StringComparison.Ordinal)
            ? Requests.Form(TestImages.Jpeg(), fields)
            : new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Item2)));
    }

    private static bool IsFile(JsonElement schema) =>
        schema.GetProperty("type").GetString() == "array"
        || (schema.TryGetProperty("format", out var format) && format.GetString() == "binary");

    private static string Filled(JsonElement schema) =>
        schema.TryGetProperty("example", out var example) ? example.ToString()
        : schema.TryGetProperty("enum", out var values) ? values[0].ToString()
        : schema.GetProperty("type").GetString() switch
        {
            "boolean" => "true",
            "number" or "integer" => "0",
            var other => other!,
        };

    private static IEnumerable<OpenApiOperation> Operations(OpenApiDocument document) =>
        document.Paths.Values.SelectMany(path => path.Operations!.Values);

    private static async Task<(OpenApiDocument Document, OpenApiDiagnostic Diagnostic)> ReadAsync()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        var text = await client.GetStringAsync("/swagger/v1/swagger.json", TestContext.Current.CancellationToken);
        var result = OpenApiDocument.Parse(text, OpenApiConstants.Json);
        return (result.Document!, result.Diagnostic!);
    }
}
