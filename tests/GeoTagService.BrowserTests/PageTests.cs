using System.Text.Json;
using GeoTagService.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>What holds for the page as a whole.</summary>
public sealed class PageTests(BrowserFixture browser)
{
    private const int MostBytesOfAll = 256_000;
    private const int MostBytesOnOpening = 160_000;

    private static string Folder => Path.Combine(ReferenceData.RepositoryRoot, "src", "GeoTagService.Api", "wwwroot");

    private static byte[] Sample => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));

    [Fact]
    public void AllFiles_AsWritten_StayUnderTheirSize() =>
        Assert.InRange(
            Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length),
            10_000,
            MostBytesOfAll
        );

    [BrowserFact]
    public async Task Opening_LoadsWhatTheFirstViewNeeds()
    {
        await using var page = await browser.OpenAsync();

        var loaded = await page.Page.EvaluateAsync<string>(
            "() => JSON.stringify(Object.fromEntries([...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map(e => [new URL(e.name).pathname, e.decodedBodySize])))"
        );

        using var sizes = JsonDocument.Parse(loaded);
        var files = sizes.RootElement.EnumerateObject().Where(file => !file.Name.StartsWith("/v1/", StringComparison.Ordinal)).ToList();
        Assert.InRange(files.Sum(file => file.Value.GetInt64()), 60_000, MostBytesOnOpening);
        Assert.DoesNotContain(files, file => file.Name.StartsWith("/exchange/", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => file.Name.EndsWith("/outline.js", StringComparison.Ordinal));
    }

    [Fact]
    public void Markup_HoldsNothingInline()
    {
        var markup = File.ReadAllText(Path.Combine(Folder, "index.html"));

        Assert.DoesNotMatch(@"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", markup);
        foreach (var file in Directory.EnumerateFiles(Folder, "*.js", SearchOption.AllDirectories))
        {
            Assert.DoesNotMatch(@"\beval\(|new Function|innerHTML|insertAdjacentHTML|setAttribute\(""style", File.ReadAllText(file));
        }
    }

    /// <summary>What goes on for minutes changes more often than any pause is long.</summary>
    [BrowserFact]
    public async Task WhatChangesAllTheTime_IsDrawnMeanwhile_AndItsButtonsStay()
    {
        await using var page = await browser.OpenAsync();
        Assert.True(
            await page.Page.EvaluateAsync<bool>(
                """
                async () => {
                  const { throttle } = await import("./parts/dom.js");
                  return new Promise((done) => {
                    let ran = 0, asked = 0;
                    const draw = throttle(50, () => { ran++; });
                    const timer = setInterval(() => { draw(); if (ran >= 2 || ++asked > 2000) { clearInterval(timer); done(ran >= 2); } }, 5);
                  });
                }
                """
            )
        );
        await DrawnPhotos.SeedAsync(page, 3);
        await page.ShowAsync("export");
        await page.ShowAsync("review");
        await page.Page.EvaluateAsync(
            "() => { globalThis.kept = [document.querySelector('#shows .pill'), document.getElementById('take-train'), document.getElementById('which-all')]; }"
        );

        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("1 of 3 checked");
        // "To check" and "Checked" come and go; within the same set a pill stays while its number changes.
        await page.Page.EvaluateAsync("() => { kept[0] = document.querySelector('#shows .pill'); }");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("2 of 3 checked");
        Assert.True(await page.Page.EvaluateAsync<bool>("() => document.querySelector('#shows .pill') === kept[0]"));
        await page.ShowAsync("export");
        await Expect(page.Page.Locator("#take-train")).ToContainTextAsync("train.csv · 2");

        Assert.True(
            await page.Page.EvaluateAsync<bool>(
                "() => document.getElementById('take-train') === kept[1] && document.getElementById('which-all') === kept[2]"
            )
        );
    }

    [BrowserFact]
    public async Task Folder_ComesInTheOrderOfItsNames()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, seed) in new[] { ("b10.jpg", 1), ("b2.jpg", 2), ("a.jpg", 3), ("b1.jpg", 4) })
        {
            await File.WriteAllBytesAsync(folder.File(name), TestImages.Jpeg(seed: seed), TestContext.Current.CancellationToken);
        }

        await using var page = await browser.OpenAsync();
        await page.Page.SetInputFilesAsync("#folder", folder.Path);
        await Expect(page.Work).ToHaveTextAsync("4 photos tagged");

        Assert.Equal(
            ["a.jpg", "b1.jpg", "b2.jpg", "b10.jpg"],
            await page.Page.EvaluateAsync<string[]>("async () => (await import('./state/session.js')).session.items.map(i => i.name)")
        );
    }

    [BrowserFact]
    public async Task AtThreeHundredAndTwentyPixels_NoViewScrollsSideways()
    {
        await using var page = await browser.OpenAsync(320, 640);
        await page.DropAsync(
            ("canal-lock.jpg", "image/jpeg", Sample),
            ("a-rather-long-name-without-any-space-in-it-0001.jpg", "image/jpeg", TestImages.Jpeg())
        );
        await Expect(page.Work).ToHaveTextAsync("2 photos tagged");
        foreach (var view in new[] { "tag", "review", "map", "export" })
        {
            await page.ShowAsync(view);
            Assert.False(await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"), view);
        }
    }

    [BrowserTheory]
    [InlineData(1280, 1000, ColorScheme.Light)]
    [InlineData(1280, 1000, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    [InlineData(390, 844, ColorScheme.Dark)]
    public async Task Accessibility_HasNoViolation(int width, int height, ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync(width, height, scheme);
        Assert.Empty(await page.FindAccessibilityFaultsAsync());

        await page.DropAsync(("one.jpg", "image/jpeg", Sample), ("broken.jpg", "image/jpeg", "no photo at all"u8.ToArray()));
        await Expect(page.Work).ToHaveTextAsync("1 photo tagged, 1 failed");
        await page.Page.ClickAsync("#place-map-button");
        await page.Page.FillAsync("#place", "SP 6");
        await page.Page.PressAsync("#place", "Enter");
        await page.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => d.open = true)");
        await page.Page.EvaluateAsync("() => document.querySelectorAll('#chosen details').forEach(d => d.open = true)");

        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        Assert.False(
            await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"),
            "the page scrolls sideways"
        );
    }
}
