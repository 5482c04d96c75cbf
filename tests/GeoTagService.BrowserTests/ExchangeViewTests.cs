using System.IO.Compression;
using System.Text.Json;
using System.Xml.Linq;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace GeoTagService.BrowserTests;

public sealed class ExchangeViewTests(BrowserFixture browser)
{
    private static readonly XNamespace Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private static readonly XNamespace Dublin = "http://purl.org/dc/elements/1.1/";
    private static readonly XNamespace Own = "urn:geotag:xmp:1";

    private static byte[] Sample => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));

    [BrowserFact]
    public async Task EveryFormat_HoldsDecisionAndProposal_AndIsReadByOthers()
    {
        using var folder = new TemporaryFolder();
        await using var page = await browser.OpenAsync();
        await page.DropAsync([("1234567_abc.jpg", "image/jpeg", Sample), .. DrawnPhotos.Of(2)]);
        await Expect(page.Work).ToHaveTextAsync("3 photos tagged");
        await page.Page.FillAsync("#title", "Lock \"12\", <Foxton> & Ål;\n");
        await page.Page.PressAsync("#title", "Enter");
        await Expect(page.Page.Locator("#stale")).ToBeHiddenAsync();
        await page.ShowAsync("review");
        await page.Page.Keyboard.PressAsync("e");
        await page.Page.Keyboard.TypeAsync("urban");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.TabToAsync(".editor .primary");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("1 of 3 checked");
        await page.ShowAsync("export");

        var lines = (await page.TakeAsync("csv", folder)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith(
            "1234567,1234567_abc.jpg,\"Lock \"\"12\"\", <Foxton> & Ål;\",52.5003,-0.9797,SP 69358 89644,\"Canals; Suburb, Urban fringe\",edited,",
            lines[1],
            StringComparison.Ordinal
        );
        Assert.Contains(",Canals,false,0.5,", lines[1], StringComparison.Ordinal);

        using var geoJson = JsonDocument.Parse(await page.TakeAsync("geojson", folder));
        var first = geoJson.RootElement.GetProperty("features")[0];
        Assert.Equal(-0.9797, first.GetProperty("geometry").GetProperty("coordinates")[0].GetDouble(), 1e-6);
        Assert.Equal(2, first.GetProperty("properties").GetProperty("tags").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, geoJson.RootElement.GetProperty("features")[1].GetProperty("geometry").ValueKind);

        var table = (await page.TakeAsync("kaggle", folder)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("gridimage_id," + string.Join(',', TagCatalog.CompetitionColumns), table[0]);
        Assert.All(table[1..], line => Assert.Equal(50, line.Split(',').Length));
        Assert.Equal(2, table[1].Split(',')[1..].Count(value => value == "1"));
        Assert.Single((await page.TakeAsync("train", folder)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]);

        await page.TakeAsync("xmp", folder);
        await using var zip = await ZipFile.OpenReadAsync(folder.File("sidecars.zip"), TestContext.Current.CancellationToken);
        Assert.Equal(["1234567_abc.jpg.xmp", "photo-0001.jpg.xmp", "photo-0002.jpg.xmp"], zip.Entries.Select(entry => entry.FullName));
        await using var stream = await zip.Entries[0].OpenAsync(TestContext.Current.CancellationToken);
        var xmp = await XDocument.LoadAsync(stream, LoadOptions.None, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["Canals", "Suburb, Urban fringe"],
            xmp.Descendants(Dublin + "subject").Descendants(Rdf + "li").Select(li => li.Value)
        );
        Assert.Equal("Lock \"12\", <Foxton> & Ål;", xmp.Descendants(Dublin + "title").Descendants(Rdf + "li").Single().Value);
        Assert.StartsWith("Canals 0.", xmp.Descendants(Own + "Proposals").Descendants(Rdf + "li").Single().Value, StringComparison.Ordinal);
        Assert.Equal(
            "52,30.0180N",
            xmp.Descendants(Rdf + "Description").Single().Attributes().Single(a => a.Name.LocalName == "GPSLatitude").Value
        );
    }

    /// <summary>From corrections on the page to a head that has learnt them, and back on the page.</summary>
    [BrowserFact]
    public async Task CorrectionsOfTwoHundredPhotos_TrainAHeadThatIsServed()
    {
        using var folder = new TemporaryFolder();
        await using (var page = await browser.OpenAsync())
        {
            await page.DropAsync(DrawnPhotos.Of(200));
            await Expect(page.Work).ToHaveTextAsync("200 photos tagged", new LocatorAssertionsToHaveTextOptions { Timeout = 300_000 });
            await page.ShowAsync("review");
            // What no model knows: windmills of one title are to be Energy infrastructure, ponds of another Water resources.
            await CorrectAsync(page, "-00", 99, "Old windmill by the dyke", "tag479");
            await CorrectAsync(page, "-01", 100, "Pond behind the farm", "tag1059");
            await CorrectAsync(page, "-02", 1, "Pond behind the farm", "tag1059");
            await Expect(page.Page.Locator("#checked")).ToHaveTextAsync("200 of 200 checked");
            await page.ShowAsync("export");
            await page.TakeAsync("set", folder);
        }

        await ZipFile.ExtractToDirectoryAsync(folder.File("training-set.zip"), folder.Path, TestContext.Current.CancellationToken);
        Assert.Equal(200, Directory.GetFiles(folder.File("photos")).Length);
        await GeotagTool.RunAsync(
            folder.Path,
            "embed",
            "--photos",
            "photos",
            "--layout",
            "{id}.jpg",
            "--metadata",
            "metadata.csv",
            "--output",
            "embeddings"
        );
        await GeotagTool.RunAsync(
            folder.Path,
            "train",
            "--embeddings",
            "embeddings",
            "--labels",
            "train.csv",
            "--head",
            "linear-img-txt",
            "--batch-size",
            "32",
            "--output",
            "run",
            "--bundle-output",
            "bundle"
        );

        var (service, address) = await BrowserFixture.StartServiceAsync(
            ("GeoTag:Bundle", folder.File("bundle")),
            ("GeoTag:Head", "linear-img-txt")
        );
        await using var running = service;
        await using var again = await browser.OpenAsync(address: address);
        await again.DropAsync(DrawnPhotos.Of(201)[^1]);
        await again.Page.FillAsync("#title", "Pond behind the farm");
        await again.Page.PressAsync("#title", "Enter");
        await Expect(again.ChosenTags).ToHaveCountAsync(1);
        await Expect(again.ChosenTags.First).ToContainTextAsync("Water resources");
        await again.Page.FillAsync("#title", "Old windmill by the dyke");
        await Expect(again.ChosenTags.First).ToContainTextAsync("Energy infrastructure");
    }

    [BrowserTheory]
    [InlineData("run.ndjson", false)]
    [InlineData("run.ndjson", true)]
    [InlineData("run.parquet", false)]
    [InlineData("run.parquet", true)]
    public async Task RunOfTheCommandLine_IsReviewedWithItsPhotos(string run, bool probabilities)
    {
        using var folder = new TemporaryFolder();
        var photos = Directory.CreateDirectory(folder.File("archive")).FullName;
        foreach (var (name, _, bytes) in DrawnPhotos.Of(12))
        {
            await File.WriteAllBytesAsync(Path.Combine(photos, name), bytes, TestContext.Current.CancellationToken);
        }

        await File.WriteAllBytesAsync(Path.Combine(photos, "canal-lock.jpg"), Sample, TestContext.Current.CancellationToken);
        await GeotagTool.RunAsync(
            folder.Path,
            ["tag", "--input", "archive", "--output", run, .. probabilities ? new[] { "--probabilities" } : []]
        );
        await using var page = await browser.OpenAsync(view: "#/export");

        await page.Page.SetInputFilesAsync("#import", folder.File(run));
        await Expect(page.Page.Locator("#import-said")).ToContainTextAsync($"13 photos came from {run}");
        await Expect(page.Page.Locator("#lost")).ToContainTextAsync("13 photos are not at hand");
        await page.Page.SetInputFilesAsync("#folder", photos);
        await Expect(page.Page.Locator("#lost")).ToBeEmptyAsync();
        await page.Page.ClickAsync("#import-review");

        await Expect(page.Page.Locator(".cell img:visible")).Not.ToHaveCountAsync(0);
        await page.Page.FillAsync("#search", "canal-lock");
        await page.Page.Locator(".cell", new PageLocatorOptions { HasText = "canal-lock" }).ClickAsync();
        await Expect(page.Page.Locator(".candidate[aria-pressed=true]")).ToContainTextAsync("Canals");
        await page.ShowAsync("map");
        await Expect(page.Page.Locator(".mark")).ToHaveCountAsync(1);
        await page.ShowAsync("tag");
        await Expect(page.Page.Locator("#preview")).ToBeVisibleAsync();
        await page.Page.FillAsync("#title", "Train at the station");
        await Expect(page.ChosenTags.Filter(new LocatorFilterOptions { HasText = "Railways" })).ToHaveCountAsync(1);
    }

    [BrowserFact]
    public async Task TitlesFromATable_AreGivenByName_AndTakenBackByOneUndo()
    {
        const string Table =
            "\uFEFFid,Title,gridReference,note\r\nwalks/photo-0001.jpg,\"Steam train, \"\"Lion\"\"\nat the station\",SX 80 62,a\r\n4711,Old windmill,,b\r\nphoto-0003.jpg,,nonsense,\r\n";
        await using var page = await browser.OpenAsync();
        await page.DropAsync([
            .. DrawnPhotos.Of(3),
            ("4711_abc.jpg", "image/jpeg", Sample),
            ("titles.csv", "text/csv", System.Text.Encoding.UTF8.GetBytes(Table)),
        ]);

        await Expect(page.Page.Locator(".toast")).ToContainTextAsync(["2 photos got a title or place from titles.csv."]);
        await Expect(page.Page.Locator("#title")).ToHaveValueAsync("Steam train, \"Lion\" at the station");
        await Expect(page.Page.Locator("#place")).ToHaveValueAsync("SX 80 62");
        await Expect(page.ChosenTags.Filter(new LocatorFilterOptions { HasText = "Railways" })).ToHaveCountAsync(1);
        await page.ShowAsync("review");
        await Expect(page.Page.Locator("#undo")).ToBeEnabledAsync();
        await page.Page.ClickAsync("#undo");
        await Expect(page.Page.Locator("#review-title")).ToHaveValueAsync("");
        await Expect(page.Page.Locator("#undo")).ToBeDisabledAsync();
    }

    [BrowserFact]
    public async Task AnythingElse_IsNoRun_AndSaysSo()
    {
        await using var page = await browser.OpenAsync(view: "#/export");
        await page.Page.SetInputFilesAsync(
            "#import",
            new FilePayload
            {
                Name = "notes.ndjson",
                MimeType = "application/x-ndjson",
                Buffer = "not json\n{\"a\":1}\n[]\nnull\n"u8.ToArray(),
            }
        );

        await Expect(page.Page.Locator("#import-said")).ToContainTextAsync("holds no row of a run");
    }

    [BrowserFact]
    public async Task ClearAll_AsksAndLeavesNothing()
    {
        await using var page = await browser.OpenAsync();
        await page.DropAsync(DrawnPhotos.Of(3));
        await Expect(page.Work).ToHaveTextAsync("3 photos tagged");
        await page.ShowAsync("export");

        await page.Page.ClickAsync("#clear");
        await page.Page.ClickAsync("dialog >> text=Cancel");
        await Expect(page.Page.Locator("#kept")).ToContainTextAsync("3 photos");
        await page.Page.ClickAsync("#clear");
        await page.Page.ClickAsync("dialog .danger");
        await Expect(page.Page.Locator("#kept")).ToContainTextAsync("0 photos");

        await page.Page.ReloadAsync();
        await page.ReadyAsync();
        await page.ShowAsync("tag");
        await Expect(page.Page.Locator("#invite")).ToBeVisibleAsync();
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("async () => (await (await import('./state/db.js')).allItems()).length"));
    }

    [BrowserTheory]
    [InlineData(1280, 1000, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    public async Task Accessibility_HasNoViolation(int width, int height, ColorScheme scheme)
    {
        await using var page = await browser.OpenAsync(width, height, scheme);
        await page.DropAsync(DrawnPhotos.Of(2));
        await Expect(page.Work).ToHaveTextAsync("2 photos tagged");
        await page.ShowAsync("review");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.ShowAsync("export");
        await page.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(d => d.open = true)");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
        Assert.False(
            await page.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > innerWidth"),
            "the page scrolls sideways"
        );
        await page.Page.ClickAsync("#clear");
        Assert.Empty(await page.FindAccessibilityFaultsAsync());
    }

    private static async Task CorrectAsync(PageUnderTest page, string names, int count, string title, string tag)
    {
        await page.Page.ClickAsync("#shows >> text=All");
        await page.Page.FillAsync("#search", names);
        await page.Page.Locator("#grid").FocusAsync();
        await Expect(page.Page.Locator("#matches")).ToHaveTextAsync($"{count} {(count == 1 ? "photo" : "photos")} shown");
        await page.Page.Keyboard.PressAsync("Control+a");
        await page.Page.ClickAsync("#bulk >> text=Title and place");
        await page.Page.FillAsync("#many-title", title);
        await page.Page.ClickAsync("dialog >> text=Change and tag again");
        await Expect(page.Work).ToHaveTextAsync("200 photos tagged", new LocatorAssertionsToHaveTextOptions { Timeout = 300_000 });
        await page.Page.EvaluateAsync(
            """
            async tag => {
              const { set } = await import("./review/decisions.js"), { visible } = await import("./state/filter.js");
              set(visible(), [tag]);
            }
            """,
            tag
        );
        await page.Page.ClickAsync("text=Clear the selection");
    }
}
