using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Pages;

/// <summary>What a browser loads of the page: every file once, as it is sent.</summary>
public sealed class PageWeightTests
{
    private const int MostBytes = 125_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AllFilesTogether_StayLight()
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        var root = Path.Combine(ReferenceData.RepositoryRoot, "src", "GeoTagService.Api", "wwwroot");
        var sent = 0L;
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/" + Path.GetRelativePath(root, file).Replace('\\', '/'));
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "br, gzip");
            using var answer = await client.SendAsync(request, Token);
            answer.EnsureSuccessStatusCode();
            sent += (await answer.Content.ReadAsByteArrayAsync(Token)).Length;
        }

        Assert.InRange(sent, 1, MostBytes);
    }
}
