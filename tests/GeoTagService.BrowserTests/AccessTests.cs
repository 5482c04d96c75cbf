using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>A service that asks for a key, seen from the page.</summary>
public sealed class AccessTests(BrowserFixture browser)
{
    [BrowserFact]
    public async Task ServiceWithKeys_AsksOnce_RefusesAWrongKey_AndKeepsTheRightOneForTheSession()
    {
        var (service, address) = await BrowserFixture.StartServiceAsync(("GeoTag:ApiKeys:0", "sesame"));
        await using var running = service;
        await using var page = await browser.OpenAsync(address: address, ready: false);

        await page.Page.FillAsync("#key", "wrong");
        await page.Page.PressAsync("#key", "Enter");
        await Expect(page.Page.Locator("#key-said")).ToContainTextAsync("does not know");
        await page.Page.FillAsync("#key", "sesame");
        await page.Page.PressAsync("#key", "Enter");
        await page.ReadyAsync();
        await page.Page.ClickAsync(".sample >> nth=0");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();

        await page.Page.ReloadAsync();
        await page.ReadyAsync();
        await Expect(page.Page.Locator("#key-dialog")).ToBeHiddenAsync();
        Assert.Null(await page.Page.EvaluateAsync<string?>("() => localStorage.getItem('geotag-key')"));
    }

    [BrowserFact]
    public async Task KeyNotGivenNow_IsAskedForAgainFromTheNotice()
    {
        var (service, address) = await BrowserFixture.StartServiceAsync(("GeoTag:ApiKeys:0", "sesame"));
        await using var running = service;
        await using var page = await browser.OpenAsync(address: address, ready: false);

        await page.Page.ClickAsync("#key-cancel");
        await page.Page.ClickAsync("#notice button");
        await page.Page.FillAsync("#key", "sesame");
        await page.Page.PressAsync("#key", "Enter");

        await page.ReadyAsync();
        await Expect(page.Page.Locator("#notice")).ToBeHiddenAsync();
    }
}
