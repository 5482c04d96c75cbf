using System.Globalization;
using System.Text.Json;
using GeoTagService.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

public sealed class PageTests(BrowserFixture browser)
{
    private static byte[] Sample => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task DroppedPhoto_ShowsTagsBarsAndItsExifPlace()
    {
        await using var page = await browser.OpenAsync();

        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));

        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await Expect(page.Page.Locator("details.tag")).ToHaveCountAsync(49);
        await Expect(page.Page.Locator(".group h3")).ToHaveCountAsync(5);
        await Expect(page.Page.Locator("#how")).ToContainTextAsync("from the photo's EXIF data");
        await Expect(page.Page.Locator(".map .pin")).ToHaveAttributeAsync("visibility", "visible");
        await Expect(page.Page.Locator("#preview")).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#banner")).ToContainTextAsync("Demonstration model");
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task TitleAlone_IsTagged_AndTheSliderDecidesAgain()
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "Path by the river below the castle, near the church");
        await page.Page.ClickAsync("#go");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        using var answer = JsonDocument.Parse((await page.Page.Locator("#json").TextContentAsync())!);
        var probabilities = answer.RootElement.GetProperty("probabilities").EnumerateObject()
            .Select(tag => tag.Value.GetDouble()).ToArray();

        var seen = new HashSet<int>();
        foreach (var threshold in new[] { 0.01, 0.2, 0.99 })
        {
            await page.Page.Locator("#threshold").FillAsync(threshold.ToString(CultureInfo.InvariantCulture));
            // The most probable tag stands in when none passes.
            var expected = Math.Max(1, probabilities.Count(p => p > threshold));
            await Expect(page.ChosenTags).ToHaveCountAsync(expected);
            seen.Add(expected);
        }

        Assert.True(seen.Count > 1, "the slider changed nothing");
        await page.Page.ClickAsync("#threshold-reset");
        await Expect(page.Page.Locator("#threshold-value")).ToHaveTextAsync("0.50");
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task ClickOnTheMap_GivesThePlaceThatIsUsed()
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "Harbour at low tide");
        var map = page.Page.Locator("#map svg");
        var box = (await map.BoundingBoxAsync())!;
        await map.ClickAsync(new LocatorClickOptions { Position = new Position { X = box.Width * 0.6f, Y = box.Height * 0.7f } });

        var lat = double.Parse(await page.Page.InputValueAsync("#lat"), CultureInfo.InvariantCulture);
        var lon = double.Parse(await page.Page.InputValueAsync("#lon"), CultureInfo.InvariantCulture);
        await page.Page.ClickAsync("#go");

        Assert.InRange(lat, 52, 54);
        Assert.InRange(lon, -4.5, -1);
        await Expect(page.Page.Locator("#how")).ToContainTextAsync(lat.ToString("F4", CultureInfo.InvariantCulture));
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task OpenedTag_ShowsSignedPartsAndWhereInThePhoto()
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "Lock on the canal");
        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await page.Page.SelectOptionAsync("#head", "linear-img-txt-loc-mixup", new PageSelectOptionOptions { Force = true });
        await page.Page.ClickAsync("#go");
        await Expect(page.Page.Locator("#how")).ToContainTextAsync("linear-img-txt-loc-mixup");

        var tag = page.Page.Locator("details.tag").First;
        await tag.Locator("summary").ClickAsync();

        foreach (var part in new[] { "Photo", "Title", "Place", "Base rate" })
        {
            await Expect(tag.Locator(".part", new LocatorLocatorOptions { HasText = part })).ToHaveCountAsync(1);
        }

        await tag.Locator(".why button").ClickAsync();
        await Expect(page.Page.Locator("#heat")).ToBeVisibleAsync();
        var painted = await page.Page.EvaluateAsync<int>(
            "() => { const c = document.getElementById('heat'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v > 0).length; }");
        Assert.True(painted > 1000, $"{painted} painted pixels");
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task BadInput_SaysWhatIsWrongAndTheNextRequestWorks()
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "A hill");
        await page.Page.FillAsync("#lat", "91");
        await page.Page.FillAsync("#lon", "0");
        await page.Page.ClickAsync("#go");

        await Expect(page.Error).ToContainTextAsync("90");
        await Expect(page.Page.Locator("#lat")).ToHaveAttributeAsync("aria-invalid", "true");

        await page.Page.FillAsync("#lat", "54");
        await page.Page.FillAsync("#lon", "-3");
        await page.Page.ClickAsync("#go");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await Expect(page.Error).ToBeHiddenAsync();
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task SeveralPhotos_AreDoneInAQueue_AndABadOneFailsAlone()
    {
        await using var page = await browser.OpenAsync();

        await page.DropAsync(
            ("one.jpg", "image/jpeg", TestImages.Jpeg(seed: 1)),
            ("broken.jpg", "image/jpeg", "no photo at all"u8.ToArray()),
            ("three.jpg", "image/jpeg", TestImages.Jpeg(seed: 3)));

        await Expect(page.Page.Locator("#queue-progress")).ToHaveTextAsync("3 of 3 photos done");
        await Expect(page.Page.Locator("#queue .failed")).ToHaveCountAsync(1);
        await page.Page.Locator("#queue button", new PageLocatorOptions { HasText = "broken.jpg" }).ClickAsync();
        await Expect(page.Error).ToBeVisibleAsync();
        await page.Page.Locator("#queue button", new PageLocatorOptions { HasText = "three.jpg" }).ClickAsync();
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await Expect(page.Error).ToBeHiddenAsync();
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task KeyboardAlone_TagsATitleWithAPlaceFromTheMap()
    {
        await using var page = await browser.OpenAsync();
        var keyboard = page.Page.Keyboard;
        await TabToAsync("title");
        await keyboard.TypeAsync("Sheep on the moor");
        await TabToAsync("map");
        await keyboard.PressAsync("ArrowUp");
        await keyboard.PressAsync("Shift+ArrowLeft");
        Assert.NotEmpty(await page.Page.InputValueAsync("#lat"));
        await TabToAsync("go");
        await keyboard.PressAsync("Enter");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await TabToAsync("threshold");
        await keyboard.PressAsync("End");
        await Expect(page.Page.Locator("#threshold-value")).ToHaveTextAsync("0.99");

        async Task TabToAsync(string id)
        {
            for (var presses = 0; presses < 60; presses++)
            {
                await keyboard.PressAsync("Tab");
                if (await page.Page.EvaluateAsync<bool>("id => document.activeElement.id === id || document.activeElement.parentElement?.id === id", id))
                {
                    return;
                }
            }

            Assert.Fail($"the keyboard does not reach '{id}'");
        }
    }

    [Theory(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    [InlineData(1280, 1000, ColorScheme.Light)]
    [InlineData(1280, 1000, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    public async Task Accessibility_HasNoViolation(int width, int height, ColorScheme scheme)
    {
        Assert.SkipWhen(BrowserFixture.AxePath is null, "axe-core is not installed (npm install in tests/GeoTagService.BrowserTests)");
        await using var page = await browser.OpenAsync(width, height, scheme);
        await page.DropAsync(
            ("one.jpg", "image/jpeg", Sample), ("broken.jpg", "image/jpeg", "no photo at all"u8.ToArray()));
        await Expect(page.Page.Locator("#queue-progress")).ToHaveTextAsync("2 of 2 photos done");
        await page.Page.Locator("details.tag summary").First.ClickAsync();
        await page.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => d.open = true)");

        await page.Page.AddScriptTagAsync(new PageAddScriptTagOptions { Path = BrowserFixture.AxePath });
        var violations = await page.Page.EvaluateAsync<string[]>(
            "async () => (await axe.run()).violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`)");

        Assert.Empty(violations);
        var scrolls = await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth");
        Assert.False(scrolls, "the page scrolls sideways");
    }

    [Fact(Skip = BrowserFixture.SkipReason, SkipUnless = nameof(BrowserFixture.IsAvailable), SkipType = typeof(BrowserFixture))]
    public async Task Page_IsSmall()
    {
        using var client = new HttpClient { BaseAddress = new Uri(browser.Address) };
        var total = 0;
        foreach (var file in new[] { "", "app.css", "app.js", "bars.js", "decide.js", "heat.js", "icon.svg", "map.js", "outline.js", "service.js" })
        {
            total += (await client.GetByteArrayAsync(file, TestContext.Current.CancellationToken)).Length;
        }

        Assert.InRange(total, 10_000, 150_000);
    }

    /// <summary>Measures the page; run by hand, in Release, on a machine that does nothing else.</summary>
    [Fact(Explicit = true)]
    public async Task Measurement_FirstResultOfATwelveMegapixelPhoto()
    {
        const int Runs = 12;
        var took = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            // Another photo each time: the service keeps the embeddings of what it has seen.
            var photo = LargePhoto.Of(Sample, width: 4000, height: 3000, seed: run);
            await using var page = await browser.OpenAsync();
            took.Add(await page.TimeDropAsync(("photo.jpg", "image/jpeg", photo)));
            TestContext.Current.SendDiagnosticMessage($"{photo.Length / 1e6:0.0} MB: {took[^1]:0} ms");
        }

        took.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"first result: median {took[Runs / 2]:0} ms, {took[0]:0} to {took[^1]:0} ms, {Runs} photos of 4000 x 3000, a new page for each");
    }

    /// <summary>Makes the pictures of the documentation; run by hand with GEOTAG_SCREENSHOTS set to a folder.</summary>
    [Fact(Explicit = true)]
    public async Task Screenshots_ForTheDocumentation()
    {
        var folder = Environment.GetEnvironmentVariable("GEOTAG_SCREENSHOTS")
            ?? Path.Combine(ReferenceData.RepositoryRoot, "docs", "pictures");
        Directory.CreateDirectory(folder);
        foreach (var (name, width, height, scheme) in new[]
                 {
                     ("page", 1280, 900, ColorScheme.Light), ("page-dark", 1280, 900, ColorScheme.Dark), ("page-phone", 390, 844, ColorScheme.Light),
                 })
        {
            await using var page = await browser.OpenAsync(width, height, scheme);
            await page.Page.FillAsync("#title", "Foxton Locks, Grand Union Canal");
            await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));
            await Expect(page.ChosenTags.First).ToBeVisibleAsync();
            await page.Page.Locator("details.tag:has(.on) summary").First.ClickAsync();
            await page.Page.Locator("details.tag[open] .why button").First.ClickAsync();
            await Expect(page.Page.Locator("#heat")).ToBeVisibleAsync();
            await page.Page.EvaluateAsync("() => scrollTo(0, 0)");
            await page.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png") });
        }
    }
}
