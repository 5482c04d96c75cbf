using System.Diagnostics;
using System.Text.RegularExpressions;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Execution;

/// <summary>Colours and moving lines are for terminals that want them, and for no file.</summary>
public sealed partial class TerminalTests(TinyModel model) : IDisposable
{
    private const string Escape = "\u001b";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task TerminalOfColours_GetsABarAndColours()
    {
        var shown = await OnTerminalAsync(Tag(), ("TERM", "xterm-256color"), ("NO_COLOR", null));

        Assert.Contains("3 done", shown, StringComparison.Ordinal);
        Assert.Matches(Colour(), shown);
    }

    [Theory]
    [InlineData("xterm-256color")]
    [InlineData("linux")]
    public async Task NoColor_LeavesNoColour(string terminal)
    {
        var shown = await OnTerminalAsync(Tag(), ("TERM", terminal), ("NO_COLOR", "1"));

        Assert.Contains("3 done", shown, StringComparison.Ordinal);
        Assert.DoesNotMatch(Colour(), shown);
    }

    [Theory]
    [InlineData("tag", "--unknown")]
    [InlineData("--help")]
    [InlineData("models", "nothing")]
    public async Task NoColor_HoldsForHelpAndFaults(params string[] arguments)
    {
        var shown = await OnTerminalAsync(arguments, ("TERM", "xterm-256color"), ("NO_COLOR", "1"));

        Assert.Contains("geotag", shown, StringComparison.Ordinal);
        Assert.DoesNotMatch(Colour(), shown);
    }

    [Fact]
    public async Task DumbTerminal_GetsNoEscapeCodes()
    {
        var shown = await OnTerminalAsync(Tag(), ("TERM", "dumb"), ("NO_COLOR", null));

        Assert.Contains("3 done", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Escape, shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RedirectedOutput_HasNoEscapeCodes()
    {
        foreach (var arguments in new string[][] { Tag(), ["--help"], ["tag", "--unknown"], ["models", "show", "--bundle", model.Bundle] })
        {
            var (output, error) = await RedirectedAsync(arguments);

            Assert.NotEqual("", output + error);
            Assert.DoesNotContain(Escape, output + error, StringComparison.Ordinal);
        }
    }

    // Parameters 30 to 49 and 90 to 107 are colours; bold, hidden cursors and movements are not.
    [GeneratedRegex(@"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")]
    private static partial Regex Colour();

    private string[] Tag()
    {
        var folder = Directory.CreateDirectory(_directory.PathOf("photos")).FullName;
        foreach (var i in Enumerable.Range(0, 3))
        {
            File.WriteAllBytes(Path.Combine(folder, $"{i}.jpg"), TestImages.Jpeg(48, 40, seed: i));
        }

        return ["tag", "--bundle", model.Bundle, "--input", folder, "--output", _directory.PathOf("out.csv"), "--restart"];
    }

    private static ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        return start;
    }

    private static (string Host, string Tool) Geotag() =>
        (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "geotag.dll"));

    private static async Task<(string Output, string Error)> RedirectedAsync(string[] arguments)
    {
        var (host, tool) = Geotag();
        var start = Start(host, [tool, .. arguments]);
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        return await EndAsync(start);
    }

    /// <summary>Runs the tool on a terminal of its own, as util-linux' <c>script</c> makes one.</summary>
    private static async Task<string> OnTerminalAsync(string[] arguments, params (string Name, string? Value)[] environment)
    {
        const string Script = "/usr/bin/script";
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Script), "script (util-linux) is not installed");
        var (host, tool) = Geotag();
        var line = string.Join(' ', new[] { host, tool }.Concat(arguments).Select(word => $"'{word}'"));
        var start = Start(Script, ["--quiet", "--return", "--command", line, "/dev/null"]);
        start.RedirectStandardInput = true;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return (await EndAsync(start)).Output;
    }

    private static async Task<(string Output, string Error)> EndAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var token = TestContext.Current.CancellationToken;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(token), process.StandardError.ReadToEndAsync(token));
        await process.WaitForExitAsync(token);
        return (await output, await error);
    }
}
