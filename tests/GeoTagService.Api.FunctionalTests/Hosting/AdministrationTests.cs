using System.Net;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Hosting;

/// <summary>What operators find at an address of their own.</summary>
public sealed class AdministrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WithoutItsAddress_ThereIsNone()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var reload = await client.PostAsync("/admin/reload", null, Token);
        using var status = await client.GetAsync("/admin/status", Token);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (reload.StatusCode, status.StatusCode));
    }

    [Fact]
    public async Task AtItsAddress_ItAloneIsServedAndNowhereElse()
    {
        var (port, admin) = (LocalMachine.FreePort(), LocalMachine.FreePort());
        await using var application = GeoTagApplication.OnItsUrls(
            ("urls", $"http://127.0.0.1:{port}"),
            ("GeoTag:Listen:Admin", $"http://127.0.0.1:{admin}"),
            ("GeoTag:ModelsDirectory", "/no/such/models")
        );
        using var client = new HttpClient();
        await Eventually.TrueAsync(async () => await StatusAsync(port, "health/ready") == HttpStatusCode.OK);

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
            (
                await StatusAsync(port, "admin/status"),
                await StatusAsync(admin, "v1/model"),
                await StatusAsync(admin, "metrics"),
                await StatusAsync(admin, "")
            )
        );
        using var before = await client.GetAsync($"http://127.0.0.1:{admin}/admin/status", Token);
        var status = await before.JsonAsync();
        Assert.Equal("ready", status.GetProperty("status").GetString());
        Assert.Equal("1.2.3", status.GetProperty("model").GetProperty("version").GetString());
        Assert.False(status.TryGetProperty("lastReload", out _));

        // The embedded bundle is found, which this engine's fake cannot tell from any other.
        using var reloaded = await client.PostAsync($"http://127.0.0.1:{admin}/admin/reload", null, Token);
        using var after = await client.GetAsync($"http://127.0.0.1:{admin}/admin/status", Token);
        Assert.Equal(HttpStatusCode.OK, reloaded.StatusCode);
        Assert.Equal("swapped", (await reloaded.JsonAsync()).GetProperty("result").GetString());
        Assert.Equal("swapped", (await after.JsonAsync()).GetProperty("lastReload").GetProperty("result").GetString());

        async Task<HttpStatusCode> StatusAsync(int at, string path)
        {
            using var answer = await client.GetAsync($"http://127.0.0.1:{at}/{path}", Token);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("Origin", "http://127.0.0.1:9091")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task PageInABrowser_MayNotReload(string header, string value)
    {
        var admin = LocalMachine.FreePort();
        await using var application = GeoTagApplication.OnItsUrls(
            ("urls", $"http://127.0.0.1:{LocalMachine.FreePort()}"),
            ("GeoTag:Listen:Admin", $"http://127.0.0.1:{admin}")
        );
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{admin}/admin/reload");
        request.Headers.Add(header, value);

        using var answer = await client.SendAsync(request, Token);

        await answer.ProblemAsync(403, "not-for-pages", null);
    }

    [Fact]
    public async Task WhereKeysAreNeeded_OperatorsNeedOneToo()
    {
        var admin = LocalMachine.FreePort();
        await using var application = GeoTagApplication.OnItsUrls(
            ("urls", $"http://127.0.0.1:{LocalMachine.FreePort()}"),
            ("GeoTag:Listen:Admin", $"http://127.0.0.1:{admin}"),
            ("GeoTag:ApiKeys:0", "first")
        );
        using var client = new HttpClient();

        using var answer = await client.GetAsync($"http://127.0.0.1:{admin}/admin/status", Token);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://0.0.0.0:9091")]
    [InlineData("http://*:9091")]
    [InlineData("http://192.0.2.1:9091")]
    [InlineData("http://example.org:9091")]
    public async Task AddressThatOthersReach_StopsTheStart(string address)
    {
        await using var application = new GeoTagApplication(("GeoTag:Listen:Admin", address));

        Assert.ThrowsAny<Exception>(() => application.CreateClient());

        await Eventually.TrueAsync(() =>
            application.Log.Lines().Any(message => message.Contains("it must be of the loopback interface", StringComparison.Ordinal))
        );
    }
}
