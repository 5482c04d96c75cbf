using GeoTagService.Api.FunctionalTests.OpenApi;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.OpenInference;

/// <summary>The protocol as Triton's own client speaks it, where that is installed.</summary>
public sealed class TritonClientTests
{
    private const string Missing = "no python3 with tritonclient.http is on this machine (pip install 'tritonclient[http]')";

    private static string? Python { get; } =
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => NodePrograms.Runs(python, "-c", "import tritonclient.http"));

    [Fact]
    public async Task TritonsOwnClient_IsAnsweredInEveryWayThatItAsks()
    {
        Assert.SkipWhen(Python is null, Missing);
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();

        var walked = await NodePrograms.RunFileAsync(
            Python!,
            Path.Combine(ReferenceData.RepositoryRoot, "bench", "peers", "openinference", "walk.py"),
            client.BaseAddress!.Authority,
            Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg")
        );

        Assert.True(walked.Code == 0, walked.Output);
        Assert.Equal("12 ways agree, 3 items at once, 4 refusals read", walked.Output.Trim());
    }
}
