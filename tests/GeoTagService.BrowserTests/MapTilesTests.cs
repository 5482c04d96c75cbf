using System.Collections.Concurrent;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>Tiles under the map, from a server of this test's own.</summary>
public sealed class MapTilesTests(BrowserFixture browser)
{
    private const string ZoomOfTiles =
        "() => Number(new URL(document.querySelector('.tiles image').getAttribute('href')).pathname.split('/')[1])";

    /// <summary>Points of the map, of 20 by 20, that lie on no tile.</summary>
    private const string Uncovered = """
        () => {
          const box = document.getElementById("chart").getBoundingClientRect();
          let bare = 0;
          for (let i = 1; i < 20; i++) for (let j = 1; j < 20; j++) {
            const under = document.elementsFromPoint(box.x + (box.width * i) / 20, box.y + (box.height * j) / 20);
            if (!under.some((one) => one.matches(".tiles image"))) bare++;
          }
          return bare;
        }
        """;

    [BrowserFact]
    public async Task Tiles_AreDrawnFromTheNamedServer_AndNoPictureComesFromAnother()
    {
        var (named, other) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        await using var tiles = await ServeAsync(named);
        await using var stranger = await ServeAsync(other);
        var root = tiles.Urls.Single();
        var (service, address) = await BrowserFixture.StartServiceAsync(
            ("GeoTag:Map:Tiles", root + "/{z}/{x}/{y}.png"),
            ("GeoTag:Map:Attribution", "© Tests")
        );
        await using var running = service;
        await using var page = await browser.OpenAsync(address: address, tiles: root);
        Assert.Empty(named);

        await page.ShowAsync("map");

        await Expect(page.Page.Locator(".thanks")).ToHaveTextAsync("© Tests");
        await Expect(page.Page.Locator(".tiles image").First).ToBeVisibleAsync();
        await page.SettledAsync();
        Assert.Equal(0, await page.Page.EvaluateAsync<int>(Uncovered));
        var before = await page.Page.EvaluateAsync<int>(ZoomOfTiles);
        await page.Page.ClickAsync("[aria-label='Zoom in']");
        await page.Page.ClickAsync("[aria-label='Zoom in']");
        await page.Page.WaitForFunctionAsync($"before => ({ZoomOfTiles})() > before", before);
        await page.SettledAsync();
        Assert.Equal(0, await page.Page.EvaluateAsync<int>(Uncovered));
        Assert.NotEmpty(named);

        // In a page that nobody watches for errors: the refusal is one.
        var unwatched = await page.Page.Context.NewPageAsync();
        await unwatched.GotoAsync(address);
        var refused = await unwatched.EvaluateAsync<string>(
            "source => new Promise(done => { addEventListener('securitypolicyviolation', e => done(e.effectiveDirective)); const image = new Image(); image.onload = () => done('loaded'); image.src = source; })",
            stranger.Urls.Single() + "/1/0/0.png"
        );
        Assert.Equal("img-src", refused);
        Assert.Empty(other);
    }

    private static async Task<WebApplication> ServeAsync(ConcurrentQueue<string> asked)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var app = builder.Build();
        var tile = TestImages.Png(256, 256);
        app.MapGet(
            "/{z:int}/{x:int}/{y:int}.png",
            (HttpContext context) =>
            {
                asked.Enqueue(context.Request.Path);
                return Results.Bytes(tile, "image/png");
            }
        );
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
