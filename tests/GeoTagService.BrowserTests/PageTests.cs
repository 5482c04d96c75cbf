using System.IO.Compression;
using GeoTagService.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

/// <summary>What holds for the page as a whole.</summary>
public sealed class PageTests(BrowserFixture browser)
{
    private const int MostBytes = 200_000;
    private const int MostBytesAsWritten = 300_000;

    private static string Folder => Path.Combine(ReferenceData.RepositoryRoot, "src", "GeoTagService.Api", "wwwroot");

    private static byte[] Sample => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));

    [Fact]
    public void AllFiles_StayUnderTheirSize()
    {
        var files = Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToList();

        Assert.InRange(files.Sum(file => file.Length), 10_000, MostBytesAsWritten);
        Assert.InRange(files.Sum(Zipped), 10_000, MostBytes);

        static int Zipped(byte[] file)
        {
            using var memory = new MemoryStream();
            using (var zip = new GZipStream(memory, CompressionLevel.Optimal, leaveOpen: true))
            {
                zip.Write(file);
            }

            return (int)memory.Length;
        }
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

    [BrowserFact]
    public async Task AtThreeHundredAndTwentyPixels_NoViewScrollsSideways()
    {
        await using var page = await browser.OpenAsync(320, 640);
        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample), ("a-rather-long-name-without-any-space-in-it-0001.jpg", "image/jpeg", TestImages.Jpeg()));
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

        await page.DropAsync(
            ("one.jpg", "image/jpeg", Sample), ("broken.jpg", "image/jpeg", "no photo at all"u8.ToArray()));
        await Expect(page.Work).ToHaveTextAsync("1 photo tagged, 1 failed");
        await page.Page.ClickAsync("#place-map-button");
        await page.Page.FillAsync("#place", "SP 6");
        await page.Page.PressAsync("#place", "Enter");
        await page.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => d.open = true)");
        await page.Page.EvaluateAsync("() => document.querySelectorAll('#chosen details').forEach(d => d.open = true)");

        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        Assert.False(await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"), "the page scrolls sideways");
    }
}
