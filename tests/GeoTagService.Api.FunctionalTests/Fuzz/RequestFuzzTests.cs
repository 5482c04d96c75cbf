using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GeoTagService.Testing.Fuzzing;

namespace GeoTagService.Api.FunctionalTests.Fuzz;

/// <summary>Bodies of every operation and content type, changed: each gets an answer of its own or a problem that is not ours.</summary>
public sealed class RequestFuzzTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, RequestCorpus.Kinds.Count)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Body_IsAnsweredOrRefused(int number)
    {
        var kind = RequestCorpus.Kinds[number];
        await using var application = new GeoTagApplication(("Logging:LogLevel:Default", "Error"));
        using var client = await application.ReadyClientAsync();
        var campaign = new FuzzCampaign(kind.Name, new Mutator(kind.Bodies, kind.Words, longest: 64 * 1024), inputs: 400);

        var findings = await campaign.RunAsync(input => SendAsync(client, kind, input), atOnce: 1, TimeSpan.FromSeconds(10));

        Assert.Empty(findings);
        using var after = await client.PostAsync("/v1/tags?title=Canal", null, Token);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    private static async Task SendAsync(HttpClient client, RequestCorpus.Kind kind, byte[] input)
    {
        using var body = new ByteArrayContent(input);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(kind.ContentType);
        using var answer = await client.PostAsync(kind.Path, body, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True((int)answer.StatusCode is 200 or (>= 400 and < 500), $"{(int)answer.StatusCode}: {text}");
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            Assert.DoesNotContain("internal-error", line, StringComparison.Ordinal);
            Assert.DoesNotContain("inference-failed", line, StringComparison.Ordinal);
            if (!answer.IsSuccessStatusCode)
            {
                Assert.NotEmpty(json.RootElement.GetProperty("code").GetString()!);
            }
        }
    }
}
