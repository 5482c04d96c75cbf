using System.Globalization;
using System.Text.Json;
using GeoTagService.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

public sealed class TagViewTests(BrowserFixture browser)
{
    private static byte[] Sample => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));

    [BrowserFact]
    public async Task Sample_IsTaggedByOneClick()
    {
        await using var page = await browser.OpenAsync();

        await page.Page.ClickAsync(".sample >> nth=0");

        await Expect(page.ChosenTags.First).ToContainTextAsync("Coastal");

        await page.Page.ClickAsync(".sample >> nth=1");

        await Expect(page.ChosenTags.First).ToContainTextAsync("Docks, Harbours");
        await Expect(page.Page.Locator("#title")).Not.ToHaveValueAsync("");
        await Expect(page.Page.Locator("#preview")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task DroppedPhoto_ShowsChosenTagsTheRestByGroupAndItsExifPlace()
    {
        await using var page = await browser.OpenAsync();

        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));

        await Expect(page.ChosenTags.First).ToContainTextAsync("Canals");
        await Expect(page.ChosenTags.First).ToContainTextAsync("almost certain");
        await Expect(page.Page.Locator(".group")).ToHaveCountAsync(5);
        await page.Page.EvaluateAsync("() => document.querySelectorAll('.group').forEach(g => g.open = true)");
        await Expect(page.Page.Locator("#answer [data-tag]")).ToHaveCountAsync(49);
        await Expect(page.Page.Locator("#place-said")).ToContainTextAsync("SP 69358 89644, from the photo's EXIF data");
        await Expect(page.Page.Locator("#caption")).ToContainTextAsync("canal-lock.jpg");
    }

    [BrowserFact]
    public async Task TitleAlone_IsTaggedByEnter_AndTheThresholdDecidesAgain()
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "Path by the river below the castle, near the church");
        await Expect(page.Page.Locator("#title-hint")).ToContainTextAsync("press Enter");
        await page.Page.PressAsync("#title", "Enter");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await page.Page.ClickAsync("[data-fold=json] summary");
        using var answer = JsonDocument.Parse((await page.Page.Locator("#json").TextContentAsync())!);
        var probabilities = answer
            .RootElement.GetProperty("probabilities")
            .EnumerateObject()
            .Select(tag => tag.Value.GetDouble())
            .ToArray();

        var seen = new HashSet<int>();
        foreach (var threshold in new[] { 0.01, 0.2, 0.99 })
        {
            await page.Page.Locator("#threshold").FillAsync(threshold.ToString(CultureInfo.InvariantCulture));
            // The most probable tag stands in when none passes.
            var expected = Math.Max(1, probabilities.Count(p => p > threshold));
            await Expect(page.ChosenTags).ToHaveCountAsync(expected);
            using var decided = JsonDocument.Parse((await page.Page.Locator("#json").TextContentAsync())!);
            Assert.Equal(expected, decided.RootElement.GetProperty("tags").GetArrayLength());
            seen.Add(expected);
        }

        Assert.True(seen.Count > 1, "the slider changed nothing");
        await page.Page.ClickAsync("[data-fold=curl] summary");
        await Expect(page.Page.Locator("#curl")).ToContainTextAsync("threshold=0.99");
        await page.Page.ClickAsync("#threshold-reset");
        await Expect(page.Page.Locator("#threshold-value")).ToHaveTextAsync("0.50");
    }

    [BrowserFact]
    public async Task ChangedTitle_IsTaggedAgainByItself_AndTheOldAnswerIsMarkedMeanwhile()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));
        await Expect(page.ChosenTags.First).ToContainTextAsync("Canals");
        var release = new TaskCompletionSource();
        await page.Page.RouteAsync(
            "**/v1/tags",
            async route =>
            {
                await release.Task;
                await route.ContinueAsync();
            }
        );

        await page.Page.FillAsync("#title", "Steam train at the station");

        await Expect(page.Page.Locator("#stale")).ToBeVisibleAsync();
        await Expect(page.ChosenTags.First).ToContainTextAsync("Canals");
        release.SetResult();
        await Expect(page.ChosenTags.Filter(new LocatorFilterOptions { HasText = "Railways" })).ToHaveCountAsync(1);
        await Expect(page.Page.Locator("#stale")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task ClickOnTheMap_GivesThePlaceThatIsUsed()
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "Harbour at low tide");
        await page.Page.ClickAsync("#place-map-button");
        var map = page.Page.Locator("#pick");
        var box = (await map.BoundingBoxAsync())!;
        await map.ClickAsync(
            new LocatorClickOptions
            {
                Position = new Position { X = box.Width * 0.6f, Y = box.Height * 0.7f },
            }
        );
        var place = await page.Page.InputValueAsync("#place");
        await page.Page.ClickAsync("#title");
        await page.Page.PressAsync("#title", "Enter");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await page.Page.ClickAsync("#how-summary");

        Assert.Matches(@"^5[2-4]\.\d{4}, −[1-4]\.\d{4}$", place);
        await Expect(page.Page.Locator(".how")).ToContainTextAsync(place.Replace("−", "-", StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task OpenedTag_ShowsSignedPartsAndWhereInThePhoto_UntilTheAnswerChanges()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await page.Page.FillAsync("#title", "Lock on the canal");
        await page.Page.PressAsync("#title", "Enter");
        await page.Page.ClickAsync("#how-summary");
        await page.Page.SelectOptionAsync("#head", "linear-img-txt-loc-mixup");
        await Expect(page.Page.Locator(".how")).ToContainTextAsync("The head linear-img-txt-loc-mixup gave");

        var tag = page.ChosenTags.First;
        await tag.Locator("summary").ClickAsync();
        foreach (var part in new[] { "Photo", "Title", "Place", "Base rate" })
        {
            await Expect(tag.Locator(".part", new LocatorLocatorOptions { HasText = part })).ToHaveCountAsync(1);
        }

        await tag.Locator(".evidence").ClickAsync();
        // Dozens of runs of the photo tower.
        await Expect(page.Page.Locator("#heat-bar"))
            .ToContainTextAsync("Where it sees Canals", new LocatorAssertionsToContainTextOptions { Timeout = 60_000 });
        var painted = await page.Page.EvaluateAsync<int>(
            "() => { const c = document.getElementById('heat'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v > 0).length; }"
        );
        Assert.True(painted > 1000, $"{painted} painted pixels");

        await page.Page.UncheckAsync("#heat-switch");
        await Expect(page.Page.Locator("#heat")).ToBeHiddenAsync();
        await page.Page.CheckAsync("#heat-switch");
        await Expect(page.Page.Locator("#heat")).ToBeVisibleAsync();
        await page.Page.FillAsync("#title", "A quiet lane");
        await Expect(page.Page.Locator("#heat-bar")).ToBeHiddenAsync();
    }

    [BrowserTheory]
    [InlineData("91, 0", "90")]
    [InlineData("SP 6", "even")]
    [InlineData("ZZ 12 34", "National Grid")]
    [InlineData("52.5", "comma")]
    public async Task BadPlace_IsSaidBesideItsField_WithFocusAndTheLastAnswerKept(string place, string said)
    {
        await using var page = await browser.OpenAsync();
        await page.Page.FillAsync("#title", "A hill");
        await page.Page.PressAsync("#title", "Enter");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();

        await page.Page.FillAsync("#place", place);
        await page.Page.PressAsync("#place", "Enter");

        await Expect(page.Page.Locator("#place-error")).ToContainTextAsync(said);
        await Expect(page.Page.Locator("#place")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(page.Page.Locator("#place")).ToBeFocusedAsync();
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#stale")).ToBeVisibleAsync();

        await page.Page.FillAsync("#place", "54, −3");
        await Expect(page.Page.Locator("#place-error")).ToBeHiddenAsync();
        await Expect(page.Page.Locator("#stale")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task SeveralPhotos_AreCountedApartFromThoseThatFail_AndEachKeepsItsName()
    {
        await using var page = await browser.OpenAsync();

        await page.DropAsync(
            ("one.jpg", "image/jpeg", TestImages.Jpeg(seed: 1)),
            ("broken.jpg", "image/jpeg", "no photo at all"u8.ToArray()),
            ("three.jpg", "image/jpeg", TestImages.Jpeg(seed: 3))
        );

        await Expect(page.Work).ToHaveTextAsync("2 photos tagged, 1 failed");
        await page.Page.ClickAsync("#strip [title='broken.jpg']");
        await Expect(page.Page.Locator("#photo-error")).ToContainTextAsync("JPEG");
        await page.Page.ClickAsync("#strip-right");
        await Expect(page.Page.Locator("#caption")).ToContainTextAsync("three.jpg");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#photo-error")).ToBeHiddenAsync();
        await page.Page.ClickAsync("#caption [aria-label='Remove three.jpg']");
        await Expect(page.Page.Locator("#caption")).ToContainTextAsync("broken.jpg");
    }

    [BrowserFact]
    public async Task Reload_KeepsPhotosTitlesAndTags()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample), ("two.jpg", "image/jpeg", TestImages.Jpeg(seed: 2)));
        await Expect(page.Work).ToHaveTextAsync("2 photos tagged");
        await page.Page.FillAsync("#title", "Foxton Locks");
        await page.Page.PressAsync("#title", "Enter");
        await Expect(page.Page.Locator("#how-summary")).ToContainTextAsync("title");
        await page.KeptAsync();

        await page.Page.ReloadAsync();
        await page.ReadyAsync();

        await Expect(page.Page.Locator("#title")).ToHaveValueAsync("Foxton Locks");
        await Expect(page.ChosenTags.First).ToContainTextAsync("Canals");
        await Expect(page.Page.Locator("#preview")).ToBeVisibleAsync();
        await Expect(page.Page.Locator("#strip .thumb")).ToHaveCountAsync(2);
        await page.Page.FillAsync("#title", "Train at the station");
        await Expect(page.ChosenTags.Filter(new LocatorFilterOptions { HasText = "Railways" })).ToHaveCountAsync(1);
    }

    [BrowserFact]
    public async Task KeyboardAlone_TagsATitleWithAPlaceFromTheMap()
    {
        await using var page = await browser.OpenAsync();
        var keyboard = page.Page.Keyboard;
        await page.TabToAsync("#title");
        await keyboard.TypeAsync("Sheep on the moor");
        await page.TabToAsync("#place-map-button");
        await keyboard.PressAsync("Enter");
        await page.TabToAsync("#pick");
        await keyboard.PressAsync("ArrowUp");
        await keyboard.PressAsync("Shift+ArrowLeft");
        Assert.NotEmpty(await page.Page.InputValueAsync("#place"));
        await page.TabToAsync("#title", "Shift+Tab");
        await keyboard.PressAsync("Enter");
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();
        await page.TabToAsync("#threshold");
        await keyboard.PressAsync("End");
        await Expect(page.Page.Locator("#threshold-value")).ToHaveTextAsync("0.99");
        await page.TabToAsync("#chosen summary");
        await keyboard.PressAsync("Enter");
        await Expect(page.ChosenTags.First.Locator(".why")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task OnAPhone_TheTagsLieDirectlyBelowThePhoto()
    {
        await using var page = await browser.OpenAsync(390, 844);

        await page.DropAsync(("canal-lock.jpg", "image/jpeg", Sample));
        await Expect(page.ChosenTags.First).ToBeVisibleAsync();

        var photo = (await page.Page.Locator("#figure").BoundingBoxAsync())!;
        var result = (await page.Page.Locator(".result").BoundingBoxAsync())!;
        var chosen = (await page.ChosenTags.First.BoundingBoxAsync())!;
        Assert.InRange(result.Y - (photo.Y + photo.Height), 0, 40);
        Assert.True(chosen.Y + chosen.Height < 844 - 64, $"the first tag ends at {chosen.Y + chosen.Height}");
    }
}
