using System.Net;
using System.Text;
using GeoTagService.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Client.Tests;

public sealed class RetryTests
{
    private const string Busy =
        """{"type":"urn:geotag:problem:overloaded","title":"The service is busy","status":503,"detail":"full","code":"overloaded","retryAfter":1}""";
    private const string Catalogue =
        """{"tags":[{"id":"tag1077","name":"Canals","group":"Communications","headRow":41,"description":"x"}]}""";
    private const string Result = """
        {"tags":[],"probabilities":{},"decision":{"threshold":0.5,"fallbackUsed":false},"modalities":["title"],
         "head":{"name":"h","reason":"r"},"location":null,
         "model":{"name":"m","version":"1.0.0","digest":"d","purpose":"production"},"warnings":[]}
        """;

    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task BusyService_IsAskedAgain()
    {
        var script = new ScriptedHandler((503, Busy), (502, "<html>bad gateway</html>"), (200, Catalogue));

        var tags = await Client(script).GetTagsAsync(Token);

        Assert.Equal("Canals", Assert.Single(tags.Tags).Name);
        Assert.Equal(3, script.Requests.Count);
    }

    [Fact]
    public async Task RetryAfter_ReplacesTheOwnDelay()
    {
        // The own delay would outlast the test run; only a client that honours the header comes back.
        var script = new ScriptedHandler((503, Busy), (200, Catalogue)) { RetryAfter = TimeSpan.Zero };

        var tags = await Client(script, options => options.RetryDelay = TimeSpan.FromMinutes(10)).GetTagsAsync(Token);

        Assert.Single(tags.Tags);
    }

    [Fact]
    public async Task ServiceThatStaysBusy_IsAProblemInTheEnd()
    {
        var script = new ScriptedHandler((503, Busy), (503, Busy), (503, Busy));

        var problem = await Assert.ThrowsAsync<GeoTagProblemException>(() =>
            Client(script, options => options.MaxRetries = 2).GetTagsAsync(Token)
        );

        Assert.Equal("overloaded", problem.Code);
        Assert.Equal(TimeSpan.FromSeconds(1), problem.RetryAfter);
        Assert.Equal(3, script.Requests.Count);
    }

    [Theory]
    [InlineData(200, "<html>a login page</html>")]
    [InlineData(404, "not here")]
    [InlineData(403, "{}")]
    public async Task AnswerOfSomebodyElse_IsSaidToBeOne(int status, string body)
    {
        var problem = await Assert.ThrowsAsync<GeoTagProblemException>(() =>
            Client(new ScriptedHandler((status, body))).GetTagsAsync(Token)
        );

        Assert.Equal(GeoTagProblemException.UnexpectedAnswer, problem.Code);
        Assert.Equal(status, (int)problem.Status);
        Assert.Contains(body, problem.Problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedItem_IsNotAskedAgain()
    {
        var script = new ScriptedHandler((422, Busy.Replace("503", "422", StringComparison.Ordinal)));

        await Assert.ThrowsAsync<GeoTagProblemException>(() => Client(script).GetTagsAsync(Token));

        Assert.Single(script.Requests);
    }

    [Fact]
    public async Task BatchThatBreaksOff_GoesOnWhereItBroke()
    {
        var script = new ScriptedHandler(
            (200, Line(0, "a") + """{"ind"""),
            (200, Line(0, "b")),
            (200, Line(0, "c") + """{"totals":{"items":1,"tagged":1,"failed":0,"complete":true}}""" + "\n")
        );
        string[] ids = ["a", "b", "c"];

        // The first answer ends within a line; the second without its totals, one item short.
        var lines = await Client(script)
            .TagBatchAsync(ids.Select(id => new TagItem { Id = id, Title = id }).ToAsyncEnumerable(), cancellationToken: Token)
            .ToListAsync(Token);

        Assert.Equal(ids, lines.Select(line => line.Id));
        Assert.Equal([0, 1, 2], lines.Select(line => line.Index));
        Assert.Equal(3, script.Requests.Count);
        Assert.Equal(1, script.Requests[2].Count(letter => letter == '\n'));
        Assert.Contains("\"c\"", script.Requests[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ItemThatFoundNoRoom_IsSentAgainAlone()
    {
        var script = new ScriptedHandler(
            (
                200,
                Line(0, "a") + $"{{\"index\":1,\"id\":\"b\",\"error\":{Busy.Replace(",\"retryAfter\":1", "", StringComparison.Ordinal)}}}\n"
            ),
            (200, Line(0, "b"))
        );

        var lines = await Client(script)
            .TagBatchAsync(
                new[] { "a", "b" }.Select(id => new TagItem { Id = id, Title = id }).ToAsyncEnumerable(),
                cancellationToken: Token
            )
            .ToListAsync(Token);

        Assert.All(lines, line => Assert.NotNull(line.Result));
        Assert.DoesNotContain("\"a\"", script.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegisteredClient_HasOptionsAndRetries()
    {
        var script = new ScriptedHandler((503, Busy), (200, Catalogue));
        var services = new ServiceCollection();
        services
            .AddGeoTagClient(options =>
            {
                options.BaseAddress = new Uri("http://service.test/behind/a/gateway");
                options.RetryDelay = TimeSpan.Zero;
                options.ApiKey = "key";
            })
            .ConfigurePrimaryHttpMessageHandler(() => script);
        await using var provider = services.BuildServiceProvider();

        var tags = await provider.GetRequiredService<GeoTagClient>().GetTagsAsync(Token);

        Assert.Single(tags.Tags);
        Assert.Equal(2, script.Requests.Count);
        Assert.Equal("http://service.test/behind/a/gateway/v1/tags", script.LastAddress?.AbsoluteUri);
        Assert.Equal("key", script.LastKey);
    }

    private static string Line(int index, string id) =>
        $"{{\"index\":{index},\"id\":\"{id}\",\"result\":{Result.ReplaceLineEndings("")}}}\n";

    private static GeoTagClient Client(ScriptedHandler script, Action<GeoTagClientOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services
            .AddGeoTagClient(options =>
            {
                options.BaseAddress = new Uri("http://service.test/");
                options.RetryDelay = TimeSpan.Zero;
                configure?.Invoke(options);
            })
            .ConfigurePrimaryHttpMessageHandler(() => script);
        return services.BuildServiceProvider().GetRequiredService<GeoTagClient>();
    }
}

/// <summary>Answers as told, one after the other.</summary>
internal sealed class ScriptedHandler(params (int Status, string Body)[] answers) : HttpMessageHandler
{
    public List<string> Requests { get; } = [];

    public TimeSpan? RetryAfter { get; init; }

    public Uri? LastAddress { get; private set; }

    public string? LastKey { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var (status, answer) = answers[Requests.Count];
        Requests.Add(body);
        LastAddress = request.RequestUri;
        LastKey = request.Headers.TryGetValues("X-Api-Key", out var keys) ? keys.Single() : null;
        var message = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(answer, Encoding.UTF8) };
        if (RetryAfter is { } wait)
        {
            message.Headers.RetryAfter = new(wait);
        }

        return message;
    }
}
