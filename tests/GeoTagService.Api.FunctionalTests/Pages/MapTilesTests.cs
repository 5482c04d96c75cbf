using System.Text.Json;
using GeoTagService.Api.Pages;

namespace GeoTagService.Api.FunctionalTests.Pages;

/// <summary>Tiles of another host: off unless they are asked for, and then no other host than theirs.</summary>
public sealed class MapTilesTests
{
    private const string Tiles = "https://tile.example.org:8443/{z}/{x}/{y}.png?key=k";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ByDefault_ThePageIsToldOfNone_AndMayAskNobody()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var settings = await client.GetAsync("/page.json", Token);
        using var page = await client.GetAsync("/", Token);

        Assert.Equal(JsonValueKind.Null, (await settings.JsonAsync()).GetProperty("tiles").ValueKind);
        Assert.Contains(
            "img-src 'self' blob: data:;",
            page.Headers.GetValues("Content-Security-Policy").Single() + ";",
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task ConfiguredHost_IsTheOnlyOneThatPicturesMayComeFrom()
    {
        await using var application = new GeoTagApplication(("GeoTag:Map:Tiles", Tiles), ("GeoTag:Map:Attribution", "© Example"));
        using var client = await application.ReadyClientAsync();

        using var settings = await client.GetAsync("/page.json", Token);
        using var page = await client.GetAsync("/", Token);

        var json = await settings.JsonAsync();
        Assert.Equal((Tiles, "© Example"), (json.GetProperty("tiles").GetString(), json.GetProperty("attribution").GetString()));
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("img-src 'self' blob: data: https://tile.example.org:8443", policy, StringComparison.Ordinal);
        Assert.Single(policy.Split("https://").Skip(1));
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("", null, true)]
    [InlineData(Tiles, "© Example", true)]
    [InlineData(Tiles, "", false)]
    [InlineData("https://tile.example.org/{z}/{x}.png", "© Example", false)]
    [InlineData("https://{x}.example.org/{z}/{x}/{y}.png", "© Example", false)]
    [InlineData("https://user:key@tile.example.org/{z}/{x}/{y}.png", "© Example", false)]
    [InlineData("ftp://tile.example.org/{z}/{x}/{y}.png", "© Example", false)]
    [InlineData("/tiles/{z}/{x}/{y}.png", "© Example", false)]
    public void Settings_AreCheckedAtStart(string? tiles, string? attribution, bool holds) =>
        Assert.Equal(
            holds,
            new MapOptionsValidator().Validate(null, new MapOptions { Tiles = tiles, Attribution = attribution }).Succeeded
        );
}
