using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

public sealed class MapViewTests(BrowserFixture browser)
{
    [BrowserFact]
    public async Task Photos_AreClustersThatOpenUntilOnePhotoIsFound()
    {
        await using var page = await browser.OpenAsync();
        await DrawnPhotos.SeedAsync(page, 300);
        await page.ShowAsync("map");

        var clusters = page.Page.Locator(".mark.cluster");
        await Expect(clusters.First).ToBeVisibleAsync();
        var shown = await page.Page.EvaluateAsync<int>(
            "() => [...document.querySelectorAll('.mark')].reduce((n, m) => n + m.cluster.points.length, 0)"
        );
        Assert.Equal(300, shown);
        await Expect(page.Page.Locator("#map-list h2")).ToHaveTextAsync("300 photos in view");

        for (var zoom = 0; zoom < 12 && await page.Page.Locator(".mark:not(.cluster)").CountAsync() == 0; zoom++)
        {
            await page.Page.ClickAsync("[aria-label='Zoom in']");
            await page.SettledAsync();
        }

        await page.Page.Locator(".mark:not(.cluster)").First.DispatchEventAsync("click");
        await Expect(page.Page.Locator("#map-card")).ToContainTextAsync("walk-");
        var name = await page.Page.Locator("#map-card .unseen").TextContentAsync();
        await page.Page.ClickAsync("#map-card >> text=Open");
        await Expect(page.Page.Locator("#caption")).ToContainTextAsync(name!);
    }

    [BrowserFact]
    public async Task KeyboardAlone_FindsAPhotoOnTheMap()
    {
        await using var page = await browser.OpenAsync();
        await DrawnPhotos.SeedAsync(page, 3);
        await page.ShowAsync("map");
        await page.TabToAsync("#chart");
        await page.Page.Keyboard.PressAsync("+");
        await page.Page.Keyboard.PressAsync("ArrowLeft");
        await page.Page.Keyboard.PressAsync("0");
        await page.SettledAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        var first = await page.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label')");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        var second = await page.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('aria-label')");
        Assert.StartsWith("walk-", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
        await page.Page.Keyboard.PressAsync("Enter");

        await Expect(page.Page.Locator("#map-card")).ToContainTextAsync(second.Split(',')[0]);
    }

    [BrowserTheory]
    [InlineData(53.35, -6.26, 0.02, "O", "irish")]
    [InlineData(53.35, -6.26, 0.9, "O13", "irish")]
    [InlineData(52.48, -1.90, 0.02, "SP", "letters")]
    [InlineData(52.48, -1.90, 0.9, "SP08", "square")]
    [InlineData(52.48, -1.90, 9, "06 86", "square")]
    public async Task Link_OpensTheSameMap_WithTheLinesAndNamesOfItsGrid(double lat, double lon, double zoom, string name, string kind)
    {
        var place = FormattableString.Invariant($"#/map?at={lat},{lon}&zoom={zoom}");
        await using var page = await browser.OpenAsync(view: place);

        await Expect(page.Page.Locator($".labels .{kind}", new PageLocatorOptions { HasText = name }).First).ToBeVisibleAsync();
        Assert.True(await page.Page.Locator(".lines").CountAsync() >= 2);
        var link = await page.Page.EvaluateAsync<string>("async () => (await import('./parts/route.js')).link()");
        Assert.Contains(FormattableString.Invariant($"at={lat:F4}%2C{lon:F4}"), link, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Group_IsAFilterThatReviewSharesToo()
    {
        await using var page = await browser.OpenAsync();
        await DrawnPhotos.SeedAsync(page, 120);
        await page.ShowAsync("map");
        await page.Page.ClickAsync("#legend >> text=Topography");
        await Expect(page.Page.Locator("#map-filter")).ToContainTextAsync("Show all");
        var shown = await page.Page.EvaluateAsync<int>("async () => (await import('./state/filter.js')).visible().length");
        await page.ShowAsync("review");
        await Expect(page.Page.Locator("#matches")).ToHaveTextAsync($"{shown} photos shown");
        Assert.InRange(shown, 1, 119);
    }

    [BrowserTheory]
    [InlineData(1280, 1000, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Accessibility_HasNoViolation(int width, int height, ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync(width, height, scheme);
        await page.ShowAsync("map");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await DrawnPhotos.SeedAsync(page, 150);
        await page.SettledAsync();
        await page.Page.Locator("#map-list button").First.ClickAsync();
        await Expect(page.Page.Locator("#map-card")).ToBeVisibleAsync();

        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        Assert.False(
            await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"),
            "the page scrolls sideways"
        );
    }
}
