using Microsoft.Playwright;

namespace GeoTagService.BrowserTests;

/// <summary>The page, and what it must never do: log an error, or ask another host.</summary>
public sealed class PageUnderTest : IAsyncDisposable
{
    private readonly List<string> _faults = [];

    public PageUnderTest(IPage page, string address, string? tiles = null)
    {
        ArgumentNullException.ThrowIfNull(page);
        Page = page;
        page.Console += (_, message) =>
        {
            // Chromium reports every answer above 399 as an error of its own; the page shows those to the user.
            if (message.Type == "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                _faults.Add($"console: {message.Text}");
            }
        };
        page.PageError += (_, message) => _faults.Add($"exception: {message}");
        page.Request += (_, request) =>
        {
            if (
                !request.Url.StartsWith(address, StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal)
                && (tiles is null || !request.Url.StartsWith(tiles, StringComparison.Ordinal))
            )
            {
                _faults.Add($"request to another host: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    public ILocator ChosenTags => Page.Locator("#chosen .tag");

    public ILocator Error => Page.Locator("#error");

    /// <summary>How many photos are done, of how many; as the head of the page says it.</summary>
    public ILocator Work => Page.Locator("#work");

    /// <summary>Waits until the page has its model and what it kept.</summary>
    public async Task ReadyAsync() => await Page.Locator("body[data-ready]").WaitForAsync();

    /// <summary>Goes to a view by its link.</summary>
    public async Task ShowAsync(string view)
    {
        await Page.ClickAsync($"[data-view={view}]");
        await Page.Locator($"#view-{view}").WaitForAsync();
    }

    /// <summary>Waits until the map stands still and its list was drawn.</summary>
    public async Task SettledAsync() =>
        await Page.EvaluateAsync(
            """
            async () => {
              const { session } = await import("./state/session.js");
              const camera = () => document.querySelector("#chart g").getAttribute("transform");
              for (let before = null, calm = 0; calm < 12; before = camera()) {
                await new Promise(requestAnimationFrame);
                calm = camera() === before ? calm + 1 : 0;
              }
              return session.items.length;
            }
            """
        );

    /// <summary>Waits until the thumbnails that are seen are there.</summary>
    public async Task SettledPicturesAsync() =>
        await Page.WaitForFunctionAsync(
            "() => [...document.querySelectorAll('.cell img, .small-thumb img')].filter(i => i.offsetParent || i.parentElement.offsetParent).every(i => i.complete && i.naturalWidth > 0)"
        );

    /// <summary>Takes a file away from the Export view, and reads it.</summary>
    internal async Task<string> TakeAsync(string offer, TemporaryFolder folder)
    {
        var download = await Page.RunAndWaitForDownloadAsync(() => Page.ClickAsync($"#take-{offer}"));
        var path = folder.File(download.SuggestedFilename);
        await download.SaveAsAsync(path);
        return await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until everything is in the browser's store.</summary>
    public async Task KeptAsync() => await Page.EvaluateAsync("async () => (await import('./state/session.js')).flush()");

    /// <summary>What the accessibility rules find; empty is right. Skips where they are not installed.</summary>
    public async Task<string[]> FindAccessibilityFaultsAsync()
    {
        Assert.SkipWhen(BrowserFixture.AxePath is null, "axe-core is not installed (npm install in tests/GeoTagService.BrowserTests)");
        // Evaluated rather than added as a script, which the page's policy forbids.
        await Page.EvaluateAsync(await File.ReadAllTextAsync(BrowserFixture.AxePath!) + "\n;0");
        return await Page.EvaluateAsync<string[]>(
            // What still fades in has less contrast than it will have.
            "async () => (await Promise.all(document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < 1e4).map(one => one.finished.catch(() => {}))), await axe.run()).violations.map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)} ${v.nodes[0].failureSummary}`)"
        );
    }

    /// <summary>Presses a key until something that matches has the focus.</summary>
    public async Task TabToAsync(string selector, string key = "Tab")
    {
        for (var presses = 0; presses < 80; presses++)
        {
            await Page.Keyboard.PressAsync(key);
            if (await Page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }
        }

        Assert.Fail($"the keyboard does not reach '{selector}'");
    }

    /// <summary>Drops files on the page as a person does with the mouse.</summary>
    public async Task DropAsync(params (string Name, string Type, byte[] Bytes)[] files) =>
        await Page.DispatchEventAsync("#drop", "drop", new { dataTransfer = await HoldAsync(files) });

    /// <summary>Drops a photo and says how many milliseconds pass until its tags are painted.</summary>
    public async Task<double> TimeDropAsync((string Name, string Type, byte[] Bytes) photo) =>
        await Page.EvaluateAsync<double>(
            """
            dataTransfer => new Promise(done => {
              const answer = document.getElementById("answer");
              const began = performance.now();
              new MutationObserver((_, observer) => {
                if (!answer.querySelector("#chosen")) return;
                observer.disconnect();
                // The frame after next: by then this one is painted.
                requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
              }).observe(answer, { childList: true });
              document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
            })
            """,
            await HoldAsync(photo)
        );

    private async Task<IJSHandle> HoldAsync(params (string Name, string Type, byte[] Bytes)[] files)
    {
        return await Page.EvaluateHandleAsync(
            """
            files => {
              const transfer = new DataTransfer();
              for (const f of files)
                transfer.items.add(new File([Uint8Array.from(atob(f.base64), c => c.charCodeAt(0))], f.name, { type: f.type }));
              return transfer;
            }
            """,
            files
                .Select(f => new
                {
                    name = f.Name,
                    type = f.Type,
                    base64 = Convert.ToBase64String(f.Bytes),
                })
                .ToArray()
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        Assert.Empty(_faults);
    }
}
