using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

public sealed class ReviewViewTests(BrowserFixture browser)
{
    private const int Many = 5000;

    private static ILocator Cell(PageUnderTest page, string name) =>
        page.Page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = name });

    [BrowserFact]
    public async Task KeyboardAlone_WalksAcceptsCorrectsAndUndoes()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(DrawnPhotos.Of(6));
        await Expect(page.Work).ToHaveTextAsync("6 photos tagged");
        await page.ShowAsync("review");
        var keyboard = page.Page.Keyboard;
        await Expect(page.Page.Locator("#inspector-heading")).ToContainTextAsync("0001.jpg");

        await keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("1 of 6 checked");
        await Expect(page.Page.Locator("#inspector-heading")).ToContainTextAsync("0002.jpg");
        await keyboard.PressAsync("j");
        await keyboard.PressAsync("k");
        await Expect(page.Page.Locator("#inspector-heading")).ToContainTextAsync("0002.jpg");
        await keyboard.PressAsync("2");
        await Expect(page.Page.Locator(".candidate").Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(Cell(page, "photo-0002.jpg, corrected")).ToBeVisibleAsync();
        await keyboard.PressAsync("e");
        await keyboard.TypeAsync("can");
        await keyboard.PressAsync("Enter");
        await page.TabToAsync(".editor .primary");
        await keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator(".candidate", new PageLocatorOptions { HasText = "Canals" }))
            .ToHaveAttributeAsync("aria-pressed", "true");

        await page.Page.Locator("#grid").FocusAsync();
        await keyboard.PressAsync("u");
        await Expect(page.Page.Locator(".candidate[aria-pressed=true]", new PageLocatorOptions { HasText = "Canals" })).ToHaveCountAsync(0);
        await keyboard.PressAsync("Control+z");
        await keyboard.PressAsync("u");
        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("0 of 6 checked");
        await Expect(page.Page.Locator("#undo")).ToBeDisabledAsync();
    }

    [BrowserFact]
    public async Task Decisions_OutliveAReload_AndTheModelsProposalStaysBesideThem()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(DrawnPhotos.Of(2));
        await Expect(page.Work).ToHaveTextAsync("2 photos tagged");
        await page.ShowAsync("review");
        var proposed = await page.Page.Locator(".candidate .name").First.TextContentAsync();
        await page.Page.Keyboard.PressAsync("1");
        await Expect(Cell(page, "photo-0001.jpg, corrected")).ToBeVisibleAsync();
        await page.KeptAsync();

        await page.Page.ReloadAsync();
        await page.ReadyAsync();
        await Expect(Cell(page, "photo-0001.jpg, corrected")).ToBeVisibleAsync();
        await Expect(page.Page.Locator(".candidate").First).ToHaveAttributeAsync("aria-pressed", "false");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Back to the proposal" }).ClickAsync();
        await Expect(page.Page.Locator(".candidate[aria-pressed=true] .name").First).ToHaveTextAsync(proposed!);
        await page.ShowAsync("tag");
        await Expect(page.ChosenTags.First).ToContainTextAsync(proposed!);
    }

    [BrowserFact]
    public async Task ManyAtOnce_GetTitleAndPlaceAndATag_AndItCanBeUndone()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(DrawnPhotos.Of(5));
        await Expect(page.Work).ToHaveTextAsync("5 photos tagged");
        await page.ShowAsync("review");
        await page.Page.Locator("#grid").FocusAsync();
        await page.Page.Keyboard.PressAsync("Control+a");
        await Expect(page.Page.Locator("#bulk")).ToContainTextAsync("5 photos selected");

        await page.Page.ClickAsync("#bulk >> text=Title and place");
        await page.Page.FillAsync("#many-title", "Steam train at the station");
        await page.Page.FillAsync("#many-place", "SX 80 62");
        await page.Page.ClickAsync("dialog >> text=Change and tag again");
        await Expect(page.Page.Locator("#grid .chip", new PageLocatorOptions { HasText = "Railways" })).ToHaveCountAsync(5);
        await page.Page.ClickAsync("#bulk >> text=A tag");
        await page.Page.SelectOptionAsync("#many-tag", "tag1077");
        await page.Page.ClickAsync("dialog >> text=Change");
        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("5 of 5 checked");
        await page.Page.ClickAsync(".toast >> text=Undo");

        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("0 of 5 checked");
        await page.Page.ClickAsync("#undo");
        await Expect(page.Page.Locator("#review-title")).ToHaveValueAsync("");
    }

    [BrowserFact]
    public async Task Filters_LeaveFailedUncertainOrOneTag_AndALinkCarriesThem()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync([.. DrawnPhotos.Of(3), ("broken.jpg", "image/jpeg", "no photo"u8.ToArray())]);
        await Expect(page.Work).ToHaveTextAsync("3 photos tagged, 1 failed");
        await page.ShowAsync("review");

        await page.Page.ClickAsync("#shows >> text=Failed");
        await Expect(page.Page.Locator(".cell")).ToHaveCountAsync(1);
        await Expect(Cell(page, "broken.jpg, failed")).ToContainTextAsync("broken.jpg");
        await page.Page.EvaluateAsync("async () => { location.href = (await import('./parts/route.js')).link() }");
        Assert.Equal("#/review", await page.Page.EvaluateAsync<string>("() => location.hash"));
        var link = await page.Page.EvaluateAsync<string>("async () => (await import('./parts/route.js')).link()");
        Assert.EndsWith("#/review?show=failed", link, StringComparison.Ordinal);

        await page.Page.ClickAsync("#shows >> text=All");
        await page.Page.FillAsync("#search", "0002");
        await Expect(page.Page.Locator(".cell:visible")).ToHaveCountAsync(1);
        await page.Page.GotoAsync(link);
        await Expect(page.Page.Locator("#shows [aria-pressed=true]")).ToContainTextAsync("Failed");
    }

    [BrowserFact]
    public async Task FiveThousandPhotos_AreAListOfWhichOnlyWhatIsSeenExists()
    {
        await using var page = await browser.OpenAsync();
        await DrawnPhotos.SeedAsync(page, Many);
        await page.ShowAsync("review");
        await Expect(page.Page.Locator("#shows [aria-pressed=true]")).ToContainTextAsync("5,000");

        await page.Page.Locator("#grid").FocusAsync();
        await page.Page.Keyboard.PressAsync("End");
        await Expect(page.Page.Locator("#inspector-heading")).ToContainTextAsync("05000.jpg");
        await Expect(Cell(page, "walk-05000.jpg")).ToBeInViewportAsync();
        await Expect(Cell(page, "walk-05000.jpg")).ToHaveAttributeAsync("aria-posinset", "5000");
        Assert.InRange(await page.Page.Locator(".cell").CountAsync(), 1, 120);

        await page.Page.SelectOptionAsync("#sort", "close");
        await page.Page.SelectOptionAsync("#filter-group", "Topography");
        await Expect(page.Page.Locator("#matches")).ToContainTextAsync("photos shown");
        Assert.InRange(await page.Page.Locator(".cell").CountAsync(), 1, 120);
    }

    [BrowserFact]
    public async Task OnAPhone_ATapOpensThePhoto_AndItIsChecked()
    {
        await using var page = await browser.OpenAsync(390, 844);
        await page.DropAsync(DrawnPhotos.Of(4));
        await Expect(page.Work).ToHaveTextAsync("4 photos tagged");
        await page.ShowAsync("review");
        await page.Page.Locator(".cell").Nth(2).TapAsync();
        await Expect(page.Page.Locator("#inspector-heading")).ToBeInViewportAsync();
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Accept" }).TapAsync();
        await Expect(page.Page.Locator("#inspector-heading")).ToContainTextAsync("0004.jpg");
        await page.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Back to the photos" }).TapAsync();

        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("1 of 4 checked");
        await Expect(page.Page.Locator("#inspector-heading")).Not.ToBeInViewportAsync();
    }

    [BrowserTheory]
    [InlineData(1280, 1000, ColorScheme.Light)]
    [InlineData(1280, 1000, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Accessibility_HasNoViolation(int width, int height, ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync(width, height, scheme);
        await page.ShowAsync("review");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await page.DropAsync([.. DrawnPhotos.Of(3), ("broken.jpg", "image/jpeg", "no photo"u8.ToArray())]);
        await Expect(page.Work).ToHaveTextAsync("3 photos tagged, 1 failed");
        await page.Page.Locator("#grid").FocusAsync();
        await page.Page.Keyboard.PressAsync("1");
        await page.Page.Keyboard.PressAsync("j");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.PressAsync("Space");
        await Expect(page.Page.Locator("#bulk")).ToBeVisibleAsync();

        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        Assert.False(
            await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"),
            "the page scrolls sideways"
        );
        await page.Page.Keyboard.PressAsync("e");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
    }
}
