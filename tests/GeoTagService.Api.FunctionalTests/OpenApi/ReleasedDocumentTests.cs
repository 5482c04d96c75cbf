using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

/// <summary>The document against those of the versions before: docs/openapi keeps one of each.</summary>
public sealed class ReleasedDocumentTests
{
    private static string Folder => Path.Combine(ReferenceData.RepositoryRoot, "docs", "openapi");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Released => [.. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Released))]
    public async Task NothingThatAReleaseHad_IsBroken(string file)
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        using var now = JsonDocument.Parse(await client.GetStringAsync("/swagger/v1/swagger.json", Token));
        using var before = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, file), Token));

        Assert.Empty(BreakingChanges.Between(before.RootElement, now.RootElement));
    }

    public static TheoryData<string, string> Breaks =>
        new()
        {
            { "path", "post /v1/embeddings is gone" },
            { "operationId", "post /v1/tags has another operationId" },
            { "parameter", "post /v1/tags: parameter threshold in query is gone" },
            { "required parameter", "get /v1/model: parameter If-None-Match in header is required now" },
            { "kind of body", "post /v1/tags: body application/json is gone" },
            { "field of a form", "post /v1/tags: body multipart/form-data.title is gone" },
            { "field of JSON", "post /v1/tags: body application/json.gridReference is gone" },
            { "required field", "post /v1/tags: body application/json.title is required now" },
            { "required body", "post /v1/tags: a body is required now" },
            { "field of an answer", "post /v1/tags: answer 200 application/json.decision.fallbackUsed is gone" },
            { "field that was always there", "post /v1/tags: answer 200 application/json.tags is not always there any more" },
            { "type", "get /v1/model: answer 200 application/json.version is no string any more" },
            { "value", "post /v1/tags: parameter explain in query has no value all any more" },
            { "answer", "get /v1/tags: answer 304 is gone" },
        };

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task EveryKindOfBreak_IsFound_AndNothingElse(string change, string found)
    {
        var text = await File.ReadAllTextAsync(Directory.GetFiles(Folder, "*.json")[0], Token);
        var changed = JsonNode.Parse(text)!;
        var tag = changed["paths"]!["/v1/tags"]!["post"]!;
        var body = tag["requestBody"]!;
        var schemas = changed["components"]!["schemas"]!;
        switch (change)
        {
            case "path":
                changed["paths"]!.AsObject().Remove("/v1/embeddings");
                break;
            case "operationId":
                tag["operationId"] = "other";
                break;
            case "parameter":
                Remove(tag, "threshold");
                break;
            case "required parameter":
                changed["paths"]!["/v1/model"]!["get"]!["parameters"]![0]!["required"] = true;
                break;
            case "kind of body":
                body["content"]!.AsObject().Remove("application/json");
                break;
            case "field of a form":
                body["content"]!["multipart/form-data"]!["schema"]!["properties"]!.AsObject().Remove("title");
                break;
            case "field of JSON":
                schemas["TagItem"]!["properties"]!.AsObject().Remove("gridReference");
                break;
            case "required field":
                schemas["TagItem"]!["required"] = new JsonArray("title");
                break;
            case "required body":
                body["required"] = true;
                break;
            case "field of an answer":
                schemas["TagDecision"]!["properties"]!.AsObject().Remove("fallbackUsed");
                schemas["TagDecision"]!["required"] = new JsonArray("threshold");
                break;
            case "field that was always there":
                schemas["TagResponse"]!["required"]!.AsArray().RemoveAt(Index("tags"));
                break;
            case "type":
                schemas["ModelResponse"]!["properties"]!["version"]!["type"] = "integer";
                break;
            case "value":
                var explain = tag["parameters"]!.AsArray().Single(parameter => parameter!["name"]!.GetValue<string>() == "explain")!;
                explain["schema"]!["enum"] = new JsonArray("false", "true");
                break;
            default:
                changed["paths"]!["/v1/tags"]!["get"]!["responses"]!.AsObject().Remove("304");
                break;
        }

        using var before = JsonDocument.Parse(text);
        using var after = JsonDocument.Parse(changed.ToJsonString());

        Assert.Contains(found, BreakingChanges.Between(before.RootElement, after.RootElement));
        Assert.Empty(BreakingChanges.Between(before.RootElement, before.RootElement));

        int Index(string name) =>
            schemas["TagResponse"]!["required"]!.AsArray().ToList().FindIndex(value => value!.GetValue<string>() == name);

        static void Remove(JsonNode operation, string name)
        {
            var parameters = operation["parameters"]!.AsArray();
            parameters.Remove(parameters.Single(parameter => parameter!["name"]!.GetValue<string>() == name));
        }
    }

    [Fact]
    public async Task WhatIsNew_BreaksNothing()
    {
        var text = await File.ReadAllTextAsync(Directory.GetFiles(Folder, "*.json")[0], Token);
        var changed = JsonNode.Parse(text)!;
        changed["paths"]!["/v1/new"] = JsonNode.Parse("""{"get":{"operationId":"new","responses":{}}}""");
        changed["components"]!["schemas"]!["TagItem"]!["properties"]!["new"] = JsonNode.Parse("""{"type":"string"}""");
        changed["components"]!["schemas"]!["TagResponse"]!["properties"]!["new"] = JsonNode.Parse("""{"type":"string"}""");
        using var before = JsonDocument.Parse(text);
        using var after = JsonDocument.Parse(changed.ToJsonString());

        Assert.Empty(BreakingChanges.Between(before.RootElement, after.RootElement));
    }
}
