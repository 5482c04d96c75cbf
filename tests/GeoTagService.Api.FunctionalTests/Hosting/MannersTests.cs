using System.Net;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Telemetry;
using GeoTagService.Testing;
using Serilog.Events;
using Serilog.Parsing;

namespace GeoTagService.Api.FunctionalTests.Hosting;

/// <summary>What every answer and every line of the log keeps to.</summary>
public sealed class MannersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/", 200)]
    [InlineData("/swagger/index.html", 200)]
    [InlineData("/v1/model", 200)]
    [InlineData("/nothing", 404)]
    [InlineData("/v1/tags/batch", 405)]
    public async Task EveryAnswer_TellsBrowsersWhatToKeepTo(string path, int status)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync(path, Token);

        Assert.Equal(status, (int)answer.StatusCode);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("/v1/tags", 200)]
    [InlineData("/v1/model", 200)]
    [InlineData("/health/live", 200)]
    [InlineData("/health/ready", 200)]
    [InlineData("/metrics", 200)]
    [InlineData("/v2/models/auto", 200)]
    [InlineData("/", 200)]
    [InlineData("/nothing", 404)]
    [InlineData("/v1/embeddings", 405)]
    public async Task Head_IsGetWithoutABody(string path, int status)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        using var answer = await client.SendAsync(request, Token);
        using var whole = await client.GetAsync(path, Token);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(whole.Content.Headers.ContentType, answer.Content.Headers.ContentType);
        Assert.Equal(whole.Headers.ETag, answer.Headers.ETag);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/swagger/index.html")]
    public async Task Pages_HoldNothingInline(string path)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        var html = await client.GetStringAsync(path, Token);

        Assert.DoesNotMatch("(?i)<style|style=|<script(?![^>]*\\ssrc=)|\\son[a-z]+=|javascript:", html);
    }

    [Theory]
    [InlineData("from-gateway_1.2", true)]
    [InlineData("with space", false)]
    [InlineData("quote\"", false)]
    [InlineData("", false)]
    public async Task RequestId_IsTheGatewaysOrOurs_InAnswerProblemAndLog(string sent, bool kept)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags") { Content = Requests.Json("{}") };
        request.Headers.TryAddWithoutValidation("X-Request-Id", sent);

        using var answer = await client.SendAsync(request, Token);
        var id = Assert.Single(answer.Headers.GetValues("X-Request-Id"));
        var problem = await answer.ProblemAsync(422, "missing-input", "image");

        Assert.Equal(kept, id == sent);
        Assert.Matches("^[A-Za-z0-9._-]{1,64}$", id);
        Assert.Equal(id, problem.GetProperty("requestId").GetString());
        await Eventually.TrueAsync(() =>
            application.Log.Events.Any(line =>
                line.RenderMessage(null).Contains("/v1/tags", StringComparison.Ordinal)
                && line.Properties.TryGetValue("RequestId", out var logged)
                && logged.ToString() == $"\"{id}\""
            )
        );
    }

    [Fact]
    public async Task LineBreaksInAPath_ForgeNoLine()
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync("/nothing%0A12:00:00%20INF%20forged%0D%E2%80%A8%1B%5B31m", Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await Eventually.TrueAsync(() => application.Log.Lines().Any(line => line.Contains("forged", StringComparison.Ordinal)));
        Assert.All(application.Log.Lines(LogEventLevel.Verbose), line => Assert.DoesNotMatch("[\\n\\r\u2028\u001b]", line.TrimEnd()));
    }

    [Fact]
    public void Escapes_CoverEverythingThatBreaksOrColoursALine()
    {
        var line = new LogEvent(
            default,
            LogEventLevel.Information,
            null,
            new MessageTemplate("{A} {B}", [new PropertyToken("A", "{A}")]),
            [new LogEventProperty("A", new ScalarValue("a\r\n\u0085\u2028\u001b[0m\tb")), new LogEventProperty("B", new ScalarValue(7))]
        );

        new ControlCharacters().Enrich(line, null!);

        Assert.Equal("\"a\\u000d\\u000a\\u0085\\u2028\\u001b[0m\\u0009b\"", line.Properties["A"].ToString());
        Assert.Equal("7", line.Properties["B"].ToString());
    }

    [Fact]
    public async Task MetricsOnAnAddressOfTheirOwn_AreNowhereElse()
    {
        var (port, metrics) = (LocalMachine.FreePort(), LocalMachine.FreePort());
        await using var application = GeoTagApplication.OnItsUrls(
            ("urls", $"http://127.0.0.1:{port}"),
            ("GeoTag:Listen:Metrics", $"http://127.0.0.1:{metrics}")
        );
        using var client = new HttpClient();

        await Eventually.TrueAsync(async () => await StatusAsync($"http://127.0.0.1:{port}/health/ready") == 200);

        Assert.Equal(
            [(200, 404), (404, 200), (404, 200)],
            [
                (await StatusAsync($"http://127.0.0.1:{metrics}/metrics"), await StatusAsync($"http://127.0.0.1:{port}/metrics")),
                (await StatusAsync($"http://127.0.0.1:{metrics}/v1/model"), await StatusAsync($"http://127.0.0.1:{port}/v1/model")),
                (await StatusAsync($"http://127.0.0.1:{metrics}/"), await StatusAsync($"http://127.0.0.1:{port}/")),
            ]
        );

        async Task<int> StatusAsync(string address)
        {
            using var answer = await client.GetAsync(address, Token);
            return (int)answer.StatusCode;
        }
    }

    [Fact]
    public async Task Http2WithoutTls_AnswersAtItsAddress()
    {
        var (port, http2) = (LocalMachine.FreePort(), LocalMachine.FreePort());
        await using var application = GeoTagApplication.OnItsUrls(
            ("urls", $"http://127.0.0.1:{port}"),
            ("GeoTag:Listen:Http2", $"http://127.0.0.1:{http2}")
        );
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{http2}/v1/model")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var answer = await client.SendAsync(request, Token);
        using var other = await client.GetAsync($"http://127.0.0.1:{port}/v1/model", Token);

        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version));
        Assert.Equal((HttpStatusCode.OK, HttpVersion.Version11), (other.StatusCode, other.Version));
    }

    [Fact]
    public void SettingsInTheWorkingDirectory_AreNoticedWhenTheyAreNotRead()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var here = Path.GetFullPath("appsettings.json");

        Assert.Null(ProgramFolder.OverlookedSettings(Environment.CurrentDirectory));
        Assert.Equal(File.Exists(here) ? here : null, ProgramFolder.OverlookedSettings(folder));
        Directory.Delete(folder);
    }
}
