using GeoTagService.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>Makes the pictures of the documentation; run by hand with GEOTAG_ALBUM set to a folder that
/// <c>python3 -m miniature album</c> wrote (tools/miniature).</summary>
public sealed class PictureTests(BrowserFixture browser)
{
    private static string Target =>
        Environment.GetEnvironmentVariable("GEOTAG_SCREENSHOTS") ?? Path.Combine(ReferenceData.RepositoryRoot, "docs", "pictures");

    [Fact(Explicit = true)]
    public async Task Pictures_ForTheDocumentation()
    {
        var album = Environment.GetEnvironmentVariable("GEOTAG_ALBUM");
        Assert.False(album is null, "GEOTAG_ALBUM names no folder");
        var sample = await File.ReadAllBytesAsync(
            Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"),
            TestContext.Current.CancellationToken
        );
        foreach (
            var (suffix, width, height, scheme, views) in new[]
            {
                ("", 1280, 860, ColorScheme.Light, "tag review map"),
                ("-dark", 1280, 860, ColorScheme.Dark, "review"),
                ("-phone", 390, 844, ColorScheme.Light, "tag"),
            }
        )
        {
            await using var page = await browser.OpenAsync(width, height, scheme);
            await page.Page.SetInputFilesAsync("#folder", album);
            await Expect(page.Work).ToContainTextAsync("photos tagged", new LocatorAssertionsToContainTextOptions { Timeout = 120_000 });
            await page.DropAsync(("canal-lock.jpg", "image/jpeg", sample));
            await page.Page.FillAsync("#title", "Foxton Locks, Grand Union Canal");
            await page.Page.PressAsync("#title", "Enter");
            await Expect(page.ChosenTags.First).ToContainTextAsync("Canals");
            await Expect(page.Page.Locator(".toast")).ToHaveCountAsync(0, new LocatorAssertionsToHaveCountOptions { Timeout = 20_000 });
            await page.ChosenTags.First.Locator("summary").ClickAsync();
            await page.ChosenTags.First.Locator(".evidence").ClickAsync();
            await Expect(page.Page.Locator("#heat")).ToBeVisibleAsync();
            await page.Page.EvaluateAsync("() => { scrollTo(0, 0); document.activeElement.blur(); }");
            await ShotAsync("tag");

            await page.ShowAsync("review");
            await page.Page.ClickAsync("#shows >> text=Uncertain");
            for (var i = 0; i < 7; i++)
            {
                await page.Page.Keyboard.PressAsync(i is 2 or 5 ? "2" : "Enter");
            }

            await page.SettledPicturesAsync();
            await ShotAsync("review");
            await page.Page.ClickAsync("#shows >> text=All");
            await page.ShowAsync("map");
            await page.SettledAsync();
            await page.SettledPicturesAsync();
            await ShotAsync("map");
            Task ShotAsync(string view) =>
                !views.Contains(view, StringComparison.Ordinal)
                    ? Task.CompletedTask
                    : page.Page.ScreenshotAsync(
                        new PageScreenshotOptions
                        {
                            Path = Path.Combine(Target, $"{view}{suffix}.jpg"),
                            Type = ScreenshotType.Jpeg,
                            Quality = 88,
                        }
                    );
        }
    }
}
