using System.Text.Json;
using Microsoft.Playwright;

namespace GeoTagService.BrowserTests;

/// <summary>What the page's main thread computed: tasks from the browser's own trace, by processor time, so that what other
/// programs take of the machine meanwhile is not counted.</summary>
internal static class MainThreadTrace
{
    /// <summary>Traces while something is done.</summary>
    /// <returns>Milliseconds of processor time of each task, the longest first.</returns>
    public static async Task<double[]> OfAsync(IBrowser browser, Func<Task> work)
    {
        var session = await browser.NewBrowserCDPSessionAsync();
        var events = new List<JsonElement>();
        var complete = new TaskCompletionSource();
        session.Event("Tracing.dataCollected").OnEvent += (_, data) => events.AddRange(data!.Value.GetProperty("value").EnumerateArray());
        session.Event("Tracing.tracingComplete").OnEvent += (_, _) => complete.TrySetResult();
        await session.SendAsync(
            "Tracing.start",
            new Dictionary<string, object>
            {
                ["transferMode"] = "ReportEvents",
                ["traceConfig"] = new
                {
                    includedCategories = new[] { "toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata" },
                },
            }
        );
        await work();
        await session.SendAsync("Tracing.end");
        await complete.Task.WaitAsync(TestContext.Current.CancellationToken);
        await session.DetachAsync();

        var threads = events
            .Where(e => Text(e, "name") == "thread_name" && e.GetProperty("args").GetProperty("name").GetString() == "CrRendererMain")
            .Select(Thread)
            .ToHashSet();
        return
        [
            .. events
                .Where(e =>
                    Text(e, "ph") == "X" && Text(e, "name") == "RunTask" && threads.Contains(Thread(e)) && e.TryGetProperty("tdur", out _)
                )
                .Select(e => e.GetProperty("tdur").GetDouble() / 1000)
                .OrderDescending(),
        ];

        static string? Text(JsonElement e, string name) => e.TryGetProperty(name, out var value) ? value.GetString() : null;
        static (int, int) Thread(JsonElement e) => (e.GetProperty("pid").GetInt32(), e.GetProperty("tid").GetInt32());
    }

    /// <summary>Megabytes that the page's process has for itself (not shared files), on Linux.</summary>
    public static async Task<double> MegabytesAsync(IBrowser browser)
    {
        var session = await browser.NewBrowserCDPSessionAsync();
        var processes = (await session.SendAsync("SystemInfo.getProcessInfo"))!
            .Value.GetProperty("processInfo")
            .EnumerateArray()
            .Where(process => process.GetProperty("type").GetString() == "renderer")
            .Select(process => process.GetProperty("id").GetInt32());
        await session.DetachAsync();
        return processes.Select(Private).Max();

        static double Private(int id) =>
            File.ReadLines($"/proc/{id}/smaps_rollup")
                .Where(line =>
                    line.StartsWith("Pss_Anon:", StringComparison.Ordinal) || line.StartsWith("Pss_Shmem:", StringComparison.Ordinal)
                )
                .Sum(line =>
                    double.Parse(
                        line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
                        System.Globalization.CultureInfo.InvariantCulture
                    )
                ) / 1000;
    }
}
