using System.Diagnostics;

namespace GeoTagService.BrowserTests;

/// <summary>The command line beside the page.</summary>
internal static class GeotagTool
{
    /// <summary>Runs it to its end, which must be a good one.</summary>
    public static async Task RunAsync(string folder, params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        using var process = Process.Start(
            new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "geotag.dll"), .. arguments])
            {
                WorkingDirectory = folder,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        var token = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(token);
        var error = await process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        Assert.True(process.ExitCode == 0, $"geotag {string.Join(' ', arguments)} ended with {process.ExitCode}: {error}{await output}");
    }
}
