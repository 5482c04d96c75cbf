using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>The map's layer of where a tag is expected, from a bundle whose location encoder learnt a drawn country.</summary>
public sealed class ExpectedLayerTests(BrowserFixture browser)
{
    [BrowserFact]
    public async Task ModelWithoutPlaces_OffersNoLayer()
    {
        await using var page = await browser.OpenAsync(view: "#/map?layer=tag1077");

        await Expect(page.Page.Locator("#map-tag")).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#map-layer")).ToBeHiddenAsync();
        await Expect(page.Page.Locator("#map-expected")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Layer_IsChosenByKeyboard_Read_Shared_AndSwitchedOff()
    {
        using var folder = new TemporaryFolder();
        await GeotagTool.RunAsync(
            folder.Path,
            "places",
            "train",
            "--semi-synthetic",
            "3000",
            "--place-strength",
            "2",
            "--dimension",
            "64",
            "--steps",
            "20",
            "--bundle-output",
            "bundle"
        );
        var (service, address) = await BrowserFixture.StartServiceAsync(("GeoTag:Bundle", folder.File("bundle")));
        await using var running = service;
        await using var page = await browser.OpenAsync(address: address);
        await page.ShowAsync("map");
        Assert.Equal(0, await page.Page.Locator(".expected").CountAsync());

        await page.TabToAsync("#map-layer");
        await page.Page.Keyboard.TypeAsync("Expected: Can");

        await Expect(page.Page.Locator("#map-expected strong")).ToHaveTextAsync("Canals expected");
        await Expect(page.Page.Locator("#map-expected")).ToContainTextAsync("Usually");
        await Expect(page.Page.Locator(".expected").First).ToBeVisibleAsync();
        await page.SettledAsync();
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        // The pointer and the keyboard both say what is expected where they are.
        var said = page.Page.Locator("#map-expected [role=status]");
        await page.Page.EvaluateAsync(
            "async () => { const { open, show } = await import('./map/map.js'); open({ at: '52.48,-1.90', zoom: '0.9', layer: 'tag1077' }); show(); }"
        );
        await page.SettledAsync();
        await Expect(said).ToContainTextAsync("SP 0 8");
        await page.Page.Locator("#chart").FocusAsync();
        for (var press = 0; press < 8; press++)
        {
            await page.Page.Keyboard.PressAsync("ArrowRight");
        }

        await Expect(said).Not.ToContainTextAsync("SP 0 8");
        await page.Page.HoverAsync(
            "#chart",
            new PageHoverOptions
            {
                Position = new Position { X = 60, Y = 400 },
            }
        );
        await Expect(said).Not.ToHaveTextAsync("");

        var link = await page.Page.EvaluateAsync<string>("async () => (await import('./parts/route.js')).link()");
        Assert.Contains("layer=tag1077", link, StringComparison.Ordinal);
        await using var other = await browser.OpenAsync(
            390,
            844,
            ColorScheme.Dark,
            address: link[..link.IndexOf('#', StringComparison.Ordinal)],
            view: link[link.IndexOf('#', StringComparison.Ordinal)..]
        );
        await Expect(other.Page.Locator("#map-expected strong")).ToHaveTextAsync("Canals expected");
        Assert.Empty(await other.FindAccessibilityFaultsAsync());
        Assert.False(await other.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"));
        await other.Page.SelectOptionAsync("#map-layer", "");
        await Expect(other.Page.Locator("#map-expected")).ToBeHiddenAsync();
        await Expect(other.Page.Locator(".expected")).ToHaveCountAsync(0);
    }
}
