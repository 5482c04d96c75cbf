using System.Text;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Tagging;

/// <summary>The title that a photo brings along is used where it is asked for, and the answer says so.</summary>
public sealed class OwnTitleTests
{
    private static readonly byte[] Photo = MetadataFiles.JpegWith(
        TestImages.Jpeg(64, 48),
        MetadataFiles.Segment(
            0xE1,
            [
                .. "http://ns.adobe.com/xap/1.0/\0"u8,
                .. Encoding.UTF8.GetBytes(
                    "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' "
                        + "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:title='Canal lock'/></r:RDF>"
                ),
            ]
        )
    );

    [Fact]
    public async Task OwnTitle_IsUsedWhereItIsAskedFor()
    {
        var json = await TagAsync(("titleFrom", "metadata"));

        Assert.Equal("Canal lock", json.GetProperty("title").GetProperty("text").GetString());
        Assert.Equal("xmp", json.GetProperty("title").GetProperty("source").GetString());
        Assert.Contains("title", json.GetProperty("modalities").EnumerateArray().Select(part => part.GetString()));
    }

    [Fact]
    public async Task OwnTitle_IsOffUnlessAskedForAndNeverBeforeTheOneThatIsGiven()
    {
        Assert.False((await TagAsync()).TryGetProperty("title", out _));
        Assert.False((await TagAsync(("titleFrom", "none"))).TryGetProperty("title", out _));
        Assert.False((await TagAsync(("titleFrom", "metadata"), ("title", "Moor"))).TryGetProperty("title", out _));
        Assert.True((await TagAsync(("titleFrom", "metadata"), ("title", " "))).TryGetProperty("title", out _));
    }

    private static async Task<JsonElement> TagAsync(params (string Name, string Value)[] fields)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var answer = await client.PostAsync("/v1/tags", Requests.Form(Photo, fields), TestContext.Current.CancellationToken);
        return await answer.JsonAsync();
    }
}
