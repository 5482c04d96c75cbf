using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.FunctionalTests.Catalogue;

public sealed class CatalogueTests
{
    [Fact]
    public async Task Tags_AreAllFortyNineInHeadRowOrder()
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();

        using var answer = await client.GetAsync("/v1/tags", TestContext.Current.CancellationToken);

        var tags = (await answer.JsonAsync()).GetProperty("tags").EnumerateArray().ToList();
        Assert.Equal(TagCatalog.Tags.Select(tag => tag.Name), tags.Select(tag => tag.GetProperty("name").GetString()));
        Assert.All(tags.Index(), tag => Assert.Equal(tag.Index, tag.Item.GetProperty("headRow").GetInt32()));
    }

    [Theory]
    [InlineData("/v1/tags", "max-age=300, private")]
    [InlineData("/v1/model", "no-cache, private")]
    public async Task WhatAClientHas_IsNotSentAgain(string path, string mayBeKept)
    {
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        using var first = await client.GetAsync(path, TestContext.Current.CancellationToken);
        var tag = first.Headers.ETag!;

        using var again = await AskAsync(tag.ToString());
        using var strong = await AskAsync(tag.Tag);
        using var any = await AskAsync("*");
        using var other = await AskAsync("W/\"0000000000000000\"");

        Assert.True(tag.IsWeak);
        Assert.Equal(mayBeKept, string.Join(", ", first.Headers.CacheControl!.ToString().Split(", ").Order()));
        Assert.All(new[] { again, strong, any }, answer => Assert.Equal(304, (int)answer.StatusCode));
        Assert.Equal(
            (tag, 0),
            (again.Headers.ETag, (await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length)
        );
        Assert.Equal(200, (int)other.StatusCode);

        async Task<HttpResponseMessage> AskAsync(string known)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
            return await client.SendAsync(request, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task TagOfTheModel_ChangesWithWhatItSays()
    {
        await using var one = new GeoTagApplication();
        await using var other = new GeoTagApplication(("GeoTag:MaxImageBytes", "1000000"));
        using var clientOfOne = one.CreateClient();
        using var clientOfOther = other.CreateClient();

        using var answer = await clientOfOne.GetAsync("/v1/model", TestContext.Current.CancellationToken);
        using var changed = await clientOfOther.GetAsync("/v1/model", TestContext.Current.CancellationToken);

        Assert.NotEqual(answer.Headers.ETag, changed.Headers.ETag);
    }

    [Fact]
    public async Task Model_SaysWhatServesAndWhichHeadIsTheDefaultForWhat()
    {
        await using var application = new GeoTagApplication(("GeoTag:MaxImageBytes", "1000000"));
        using var client = application.CreateClient();

        using var answer = await client.GetAsync("/v1/model", TestContext.Current.CancellationToken);

        var model = await answer.JsonAsync();
        Assert.Equal("test", model.GetProperty("name").GetString());
        Assert.Equal("demonstration", model.GetProperty("purpose").GetString());
        Assert.Equal(InstallationCommand.Text, model.GetProperty("installationCommand").GetString());
        Assert.Equal("cpu", model.GetProperty("runtime").GetProperty("executionProvider").GetString());
        Assert.Equal(1_000_000, model.GetProperty("limits").GetProperty("maxImageBytes").GetInt64());
        var defaults = model
            .GetProperty("heads")
            .EnumerateArray()
            .ToDictionary(
                head => head.GetProperty("name").GetString()!,
                head =>
                    head.GetProperty("defaultFor")
                        .EnumerateArray()
                        .Select(parts => string.Join('+', parts.EnumerateArray().Select(part => part.GetString())))
                        .ToList()
            );
        Assert.Equal(["image", "image+location"], defaults["linear-img"]);
        Assert.Equal(["title", "title+location"], defaults["linear-txt"]);
        Assert.Equal(["image+title"], defaults["linear-img-txt"]);
        Assert.Equal(["image+title+location"], defaults["mlp-img-txt-loc"]);
    }
}
