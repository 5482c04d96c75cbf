using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc.Testing;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

/// <summary>Every example of the document, sent as it stands to the service with its own model.</summary>
public sealed class DocumentedExamplesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryKindOfBody_HasAnExampleThatIsAnswered()
    {
        await using var application = new WebApplicationFactory<Program>();
        using var client = application.CreateClient();
        await Eventually.TrueAsync(async () =>
        {
            using var ready = await client.GetAsync("/health/ready", Token);
            return ready.IsSuccessStatusCode;
        });
        using var document = JsonDocument.Parse(await client.GetStringAsync("/swagger/v1/swagger.json", Token));
        var sent = new List<string>();

        foreach (
            var path in document.RootElement.GetProperty("paths").EnumerateObject().Where(path => path.Value.TryGetProperty("post", out _))
        )
        {
            foreach (var type in path.Value.GetProperty("post").GetProperty("requestBody").GetProperty("content").EnumerateObject())
            {
                using var body = await BodyAsync(client, type);
                // A photo by itself cannot say which tag is meant.
                var query = path.Name == "/v1/tags/evidence" && type.Name == "image/*" ? "?tag=tag1077" : "";
                using var answer = await client.PostAsync(path.Name + query, body, Token);
                var text = await answer.Content.ReadAsStringAsync(Token);

                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path.Name} with {type.Name}: {text}");
                Assert.DoesNotContain("\"error\":", text, StringComparison.Ordinal);
                Assert.DoesNotContain("unknown-field", text, StringComparison.Ordinal);
                sent.Add($"{path.Name} {type.Name}");
            }
        }

        Assert.Equal(18, sent.Count);
    }

    private static async Task<HttpContent> BodyAsync(HttpClient client, JsonProperty type)
    {
        if (type.Value.TryGetProperty("x-example-file", out var file))
        {
            using var photo = await client.GetAsync(file.GetString(), Token);
            var bytes = new ByteArrayContent(await photo.Content.ReadAsByteArrayAsync(Token));
            bytes.Headers.ContentType = photo.Content.Headers.ContentType;
            return bytes;
        }

        var example = type.Value.GetProperty("example");
        switch (type.Name)
        {
            case "application/x-www-form-urlencoded":
                return new FormUrlEncodedContent(
                    example.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Written(field.Value)))
                );
            case "multipart/form-data":
                var form = new MultipartFormDataContent();
                foreach (var field in example.EnumerateObject())
                {
                    foreach (
                        var value in field.Value.ValueKind == JsonValueKind.Array
                            ? [.. field.Value.EnumerateArray()]
                            : new[] { field.Value }
                    )
                    {
                        form.Add(new StringContent(Written(value)), field.Name);
                    }
                }

                return form;
            default:
                var text = new StringContent(Written(example), Encoding.UTF8);
                text.Headers.ContentType = MediaTypeHeaderValue.Parse(type.Name);
                return text;
        }
    }

    private static string Written(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            // As a form writes it.
            _ => value.GetRawText(),
        };
}
