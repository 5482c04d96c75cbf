using System.Net;

namespace GeoTagService.Api.FunctionalTests.Problems;

/// <summary>What the framework refuses by itself is the same kind of document.</summary>
public sealed class FrameworkProblemTests
{
    [Fact]
    public async Task UnknownAddress_IsNotFound()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();

        using var answer = await client.GetAsync("/v1/nothing", TestContext.Current.CancellationToken);

        var problem = await answer.ProblemAsync(404, "not-found", null);
        Assert.Equal("/v1/nothing", problem.GetProperty("instance").GetString());
    }

    [Fact]
    public async Task OtherMethod_IsNotAllowedAndNamesTheOnesThatAre()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();

        using var answer = await client.DeleteAsync("/v1/model", TestContext.Current.CancellationToken);

        await answer.ProblemAsync(405, "method-not-allowed", null);
        Assert.Contains("GET", answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Fault_IsInternalWithoutItsReason()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        // On this title alone: an encoder that fails on a known one too makes the service not ready.
        application.Encoder.FailsOnTokens = ids => ids.Length > 12;

        using var answer = await client.PostAsync(
            "/v1/tags?title=a+b+c+d+e+f+g+h+i+j+k+l+m+n",
            null,
            TestContext.Current.CancellationToken
        );

        var problem = await answer.ProblemAsync(500, "inference-failed", null);
        Assert.DoesNotContain("fake", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        application.Encoder.FailsOnTokens = null;
        using var next = await client.PostAsync("/v1/tags?title=Lock", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }
}
