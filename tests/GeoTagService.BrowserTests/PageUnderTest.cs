using Microsoft.Playwright;

namespace GeoTagService.BrowserTests;

/// <summary>The page, and what it must never do: log an error, or ask another host.</summary>
public sealed class PageUnderTest : IAsyncDisposable
{
    private readonly List<string> _faults = [];

    public PageUnderTest(IPage page, string address)
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
            if (!request.Url.StartsWith(address, StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                _faults.Add($"request to another host: {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    public ILocator ChosenTags => Page.Locator("#chosen li");

    public ILocator Error => Page.Locator("#error");

    /// <summary>Drops files on the page as a person does with the mouse.</summary>
    public async Task DropAsync(params (string Name, string Type, byte[] Bytes)[] files) =>
        await Page.DispatchEventAsync("#drop", "drop", new { dataTransfer = await HoldAsync(files) });

    /// <summary>Drops a photo and says how many milliseconds pass until its tags are painted.</summary>
    public async Task<double> TimeDropAsync((string Name, string Type, byte[] Bytes) photo) => await Page.EvaluateAsync<double>(
        """
        dataTransfer => new Promise(done => {
          const chosen = document.getElementById("chosen");
          chosen.replaceChildren();
          const began = performance.now();
          new MutationObserver((_, observer) => {
            if (chosen.children.length === 0) return;
            observer.disconnect();
            // The frame after next: by then this one is painted.
            requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
          }).observe(chosen, { childList: true });
          document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        })
        """,
        await HoldAsync(photo));

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
            files.Select(f => new { name = f.Name, type = f.Type, base64 = Convert.ToBase64String(f.Bytes) }).ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        Assert.Empty(_faults);
    }
}
