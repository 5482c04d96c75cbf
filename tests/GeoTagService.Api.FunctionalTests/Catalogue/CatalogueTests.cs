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
        var defaults = model.GetProperty("heads").EnumerateArray().ToDictionary(
            head => head.GetProperty("name").GetString()!,
            head => head.GetProperty("defaultFor").EnumerateArray()
                .Select(parts => string.Join('+', parts.EnumerateArray().Select(part => part.GetString()))).ToList());
        Assert.Equal(["image", "image+location"], defaults["linear-img"]);
        Assert.Equal(["title", "title+location"], defaults["linear-txt"]);
        Assert.Equal(["image+title"], defaults["linear-img-txt"]);
        Assert.Equal(["image+title+location"], defaults["mlp-img-txt-loc"]);
    }
}
