using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using GeoTagService.Api.FunctionalTests;
using GeoTagService.Testing;

namespace GeoTagService.Client.Tests;

/// <summary>Runs the snippets of docs/use/clients.md as they stand there.</summary>
public sealed partial class SnippetTests
{
    [Fact]
    public async Task PythonSnippet_PrintsTags()
    {
        await using var service = GeoTagApplication.OnAPort();
        var address = (await service.ReadyClientAsync()).BaseAddress!.AbsoluteUri.TrimEnd('/');

        var printed = await RunAsync("python3", ["-c", Snippet("python"), address], address);

        Assert.Matches(@"^0\.\d{4} tag\d+ \w", printed);
    }

    [Fact]
    public async Task CurlSnippet_GetsADocument()
    {
        await using var service = GeoTagApplication.OnAPort();
        var address = (await service.ReadyClientAsync()).BaseAddress!.AbsoluteUri.TrimEnd('/');
        Assert.SkipUnless(IsInstalled("curl"), "curl is not installed");

        var answer = JsonElement.Parse(await RunAsync("bash", ["-c", Snippet("bash")], address));

        Assert.Equal(49, answer.GetProperty("probabilities").EnumerateObject().Count());
        Assert.Equal("SE 10 39", answer.GetProperty("location").GetProperty("gridReference").GetString());
    }

    private static string Snippet(string language)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "GeoTagService.sln")))
        {
            directory = directory.Parent!;
        }

        var text = File.ReadAllText(Path.Combine(directory.FullName, "docs", "use", "clients.md"));
        return Fence().Matches(text).Single(match => match.Groups["language"].Value == language).Groups["code"].Value;
    }

    private static bool IsInstalled(string program) => LocalMachine.FindProgram(program) is not null;

    private static async Task<string> RunAsync(string program, string[] arguments, string server)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SERVER"] = server;
        start.Environment["no_proxy"] = "127.0.0.1,localhost";
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, await error + output);
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed");
            return "";
        }
    }

    [GeneratedRegex(@"```(?<language>\w+)\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();
}
