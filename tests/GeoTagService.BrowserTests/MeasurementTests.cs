using GeoTagService.Testing;

namespace GeoTagService.BrowserTests;

/// <summary>Measures the page; run by hand, in Release, on a machine that does nothing else.</summary>
public sealed class MeasurementTests(BrowserFixture browser)
{
    private const int Many = 5000;

    private static byte[] Sample => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));

    [Fact(Explicit = true)]
    public async Task FirstResultOfATwelveMegapixelPhoto()
    {
        const int Runs = 12;
        var took = new List<double>();
        for (var run = 0; run < Runs; run++)
        {
            // Another photo each time: the service keeps the embeddings of what it has seen.
            var photo = LargePhoto.Of(Sample, width: 4000, height: 3000, seed: run);
            await using var page = await browser.OpenAsync();
            took.Add(await page.TimeDropAsync(("photo.jpg", "image/jpeg", photo)));
        }

        took.Sort();
        Say(
            $"first result of 4000 x 3000: median {took[Runs / 2]:0} ms, {took[0]:0} to {took[^1]:0} ms, {Runs} photos, a new page for each"
        );
    }

    [Fact(Explicit = true)]
    public async Task FiveThousandPhotos()
    {
        await using var page = await browser.OpenAsync();
        await DrawnPhotos.SeedAsync(page, Many);
        await DrawnPhotos.SeedThumbnailsAsync(page);
        var starts = new List<double>();
        for (var run = 0; run < 7; run++)
        {
            await page.Page.GotoAsync("about:blank");
            await page.Page.GotoAsync(browser.Address + "#/review");
            starts.Add(
                await page.Page.EvaluateAsync<double>(
                    "() => new Promise(done => { const look = () => document.querySelector('.cell') ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look); look(); })"
                )
            );
        }

        starts.Sort();
        Say($"from address to painted photos: median {starts[3]:0} ms, {starts[0]:0} to {starts[^1]:0} ms");
        Say($"memory before scrolling: {await MainThreadTrace.MegabytesAsync(browser.Browser):0} MB");

        await page.Page.GotoAsync("about:blank");
        await MeasureAsync(
            "start",
            async () =>
            {
                await page.Page.GotoAsync(browser.Address + "#/review");
                await page.Page.Locator(".cell img:visible").First.WaitForAsync();
            }
        );
        await page.Page.Mouse.MoveAsync(400, 500);
        await MeasureAsync(
            "scrolling",
            async () =>
            {
                for (var i = 0; i < 120; i++)
                {
                    await page.Page.Mouse.WheelAsync(0, i % 10 == 9 ? 6000 : 500);
                    await page.Page.EvaluateAsync("() => new Promise(requestAnimationFrame)");
                }
            }
        );
        Say(
            $"memory after scrolling: {await MainThreadTrace.MegabytesAsync(browser.Browser):0} MB, JavaScript's part {await page.Page.EvaluateAsync<double>("() => performance.memory.usedJSHeapSize / 1e6"):0} MB"
        );

        await page.Page.Locator("#grid").FocusAsync();
        await MeasureAsync(
            "60 steps and 20 decisions by keyboard",
            async () =>
            {
                for (var i = 0; i < 60; i++)
                {
                    await page.Page.Keyboard.PressAsync("j");
                    if (i % 3 == 0)
                    {
                        await page.Page.Keyboard.PressAsync("Enter");
                    }
                }
            }
        );
        await MeasureAsync(
            "another order, and a search",
            async () =>
            {
                await page.Page.SelectOptionAsync("#sort", "close");
                await page.Page.FillAsync("#search", "123");
                await page.Page.Locator("#matches", new() { HasText = "photos shown" }).WaitForAsync();
            }
        );
        await MeasureAsync(
            "opening the map, zoom and pan",
            async () =>
            {
                await page.Page.EvaluateAsync("() => { location.hash = '#/map?q='; }");
                await page.Page.Locator(".mark").First.WaitForAsync();
                for (var i = 0; i < 20; i++)
                {
                    await page.Page.Mouse.WheelAsync(0, i < 10 ? -150 : 150);
                    await page.Page.EvaluateAsync("() => new Promise(requestAnimationFrame)");
                }

                await page.Page.Mouse.DownAsync();
                await page.Page.Mouse.MoveAsync(560, 580, new() { Steps = 40 });
                await page.Page.Mouse.UpAsync();
            }
        );

        async Task MeasureAsync(string what, Func<Task> work)
        {
            var tasks = await MainThreadTrace.OfAsync(browser.Browser, work);
            Say(
                $"{what}: {tasks.Sum():0} ms of processor time in all; longest tasks {string.Join(", ", tasks.Take(4).Select(task => $"{task:0}"))} ms; {tasks.Count(task => task > 50)} above 50 ms of {tasks.Length}"
            );
        }
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
