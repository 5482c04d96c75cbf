using System.Text;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>What opens over a view: its accessibility, and the way there by the keyboard alone.</summary>
public sealed class DialogTests(BrowserFixture browser)
{
    [BrowserTheory]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    public async Task EveryDialogAndItsFaults_HaveNoViolation(int width, ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync(width, 900, scheme);
        await DrawnPhotos.SeedAsync(page, 12);
        await page.ShowAsync("review");
        await page.Page.Locator("#grid").FocusAsync();
        foreach (
            var (key, ready) in new[]
            {
                ("e", "#edit-find"),
                ("?", "#letters"),
                ("Control+a", "#bulk strong"),
                ("", "#many-title"),
                (" ", ""),
            }
        )
        {
            if (key == " ")
            {
                await page.Page.FillAsync("#many-place", "SP 6");
                await page.Page.ClickAsync("dialog[open] .primary");
            }
            else if (key.Length == 0)
            {
                await page.Page.ClickAsync("#bulk >> text=Title and place");
            }
            else
            {
                await page.Page.Keyboard.PressAsync(key);
            }

            if (ready.Length > 0)
            {
                await page.Page.Locator(ready).WaitForAsync();
            }

            Assert.Empty(await page.FindAccessibilityFaultsAsync());
            if (key is "e" or "?")
            {
                await page.Page.Keyboard.PressAsync("Escape");
                await Expect(page.Page.Locator("dialog[open]")).ToHaveCountAsync(0);
                await Expect(page.Page.Locator("#grid")).ToBeFocusedAsync();
            }
        }

        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.ClickAsync("#bulk >> text=A tag");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await page.Page.ClickAsync("dialog[open] .primary");
        await Expect(page.Page.Locator(".toast")).ToBeVisibleAsync();
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
    }

    /// <summary>A key that is no longer taken: asked for over any view, and the way on stays where it can be seen.</summary>
    [BrowserFact]
    public async Task KeyThatIsRefusedMeanwhile_KeepsPhotosWaiting_UntilItIsGiven()
    {
        await using var page = await browser.OpenAsync();
        const string refusing = "**/v1/tags";
        await page.Page.RouteAsync(
            refusing,
            route =>
                route.FulfillAsync(
                    new RouteFulfillOptions
                    {
                        Status = 401,
                        ContentType = "application/problem+json",
                        Body = """{"title":"An API key is required","detail":"send one","status":401}""",
                    }
                )
        );
        await page.DropAsync(DrawnPhotos.Of(2));
        await Expect(page.Page.Locator("#key-dialog")).ToBeVisibleAsync();
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        await page.Page.ClickAsync("#key-cancel");
        await page.ShowAsync("review");
        await Expect(page.Page.Locator("#notice")).ToContainTextAsync("An API key is required. Send one");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());

        await page.Page.UnrouteAsync(refusing);
        await page.Page.ClickAsync("#notice button");

        await Expect(page.Work).ToHaveTextAsync("2 photos tagged");
        await Expect(page.Page.Locator("#notice")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task KeyboardAlone_OpensARunAndTakesItAway()
    {
        await using var page = await browser.OpenAsync();
        await page.TabToAsync("[data-view=export]");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#export-heading")).ToBeFocusedAsync();
        await page.TabToAsync("#import");
        var chooser = await page.Page.RunAndWaitForFileChooserAsync(() => page.Page.Keyboard.PressAsync("Space"));
        await chooser.SetFilesAsync(
            new FilePayload
            {
                Name = "run.ndjson",
                MimeType = "application/x-ndjson",
                Buffer = Encoding.UTF8.GetBytes("{\"id\":\"7\",\"image\":\"a/7.jpg\",\"title\":\"Lock\",\"tags_0.5\":[\"Canals\"]}\n"),
            }
        );
        await Expect(page.Page.Locator("#import-said")).ToContainTextAsync("1 photo came from run.ndjson");
        await page.TabToAsync("#take-csv", "Shift+Tab");
        var download = await page.Page.RunAndWaitForDownloadAsync(() => page.Page.Keyboard.PressAsync("Enter"));
        using var folder = new TemporaryFolder();
        await download.SaveAsAsync(folder.File("tags.csv"));
        Assert.Contains(
            "Canals",
            await File.ReadAllTextAsync(folder.File("tags.csv"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
        await Expect(page.Page.Locator("#take-csv")).ToBeFocusedAsync();

        await page.TabToAsync("#clear");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.TabToAsync("dialog .danger");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#kept")).ToContainTextAsync("0 photos");
    }

    [BrowserFact]
    public async Task ReducedMotion_MovesNothingByItself()
    {
        await using var page = await browser.OpenAsync(reducedMotion: true);
        await DrawnPhotos.SeedAsync(page, 5);
        await page.ShowAsync("map");
        await page.SettledAsync();

        var moving = await page.Page.EvaluateAsync<int>(
            """
            async () => {
              const chart = document.querySelector("#chart g"), seen = new Set(), frame = () => new Promise(requestAnimationFrame);
              document.querySelector("[aria-label='Zoom in']").click();
              for (let i = 0; i < 20; i++) { await frame(); seen.add(chart.getAttribute("transform")); }
              (await import("./parts/dom.js")).toast("One", "Undo", () => {});
              const style = getComputedStyle(document.querySelector(".toast"));
              return seen.size - 2 + (style.animationName === "none" ? 0 : 1);
            }
            """
        );

        // Where it was, and where it is: at most two places.
        Assert.InRange(moving, -1, 0);
    }
}
