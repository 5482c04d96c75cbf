using System.CommandLine;
using System.Diagnostics;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>Completion, in a real bash, and help.</summary>
public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("geotag mod", "models")]
    [InlineData("geotag models pu", "pull")]
    [InlineData("geotag queue ", "add status results dead --help")]
    [InlineData("geotag work --lab", "--labeller")]
    [InlineData("geotag --bundle x work --que", "--queue")]
    [InlineData("geotag plan --format g", "geojson")]
    [InlineData("geotag completion p", "pwsh")]
    [InlineData("geotag nonsense --lab", "")]
    public async Task Bash_CompletesWhatTheTreeHas(string line, string expected)
    {
        var bash = LocalMachine.FindProgram("bash");
        Assert.SkipWhen(bash is null, "bash is not installed");
        var script = (await GeotagRun.Of("completion", "bash")).Succeeds();
        var words = string.Join(' ', line.Split(' ').Select(word => $"'{word}'"));

        var start = new ProcessStartInfo(
            bash!,
            ["-c", $"{script}\nCOMP_WORDS=({words})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n_geotag\necho \"${{COMPREPLY[*]}}\""]
        )
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var completed = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd('\n');

        Assert.Equal(expected, completed);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public async Task EveryShell_KnowsEveryVerb(string shell)
    {
        var script = (await GeotagRun.Of("completion", shell)).Succeeds();

        Assert.All(Paths(Program.CreateTree(), ""), path => Assert.Contains(path, script, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_IsWhatTheOptionSays()
    {
        Assert.Equal(
            (await GeotagRun.Of("models", "pull", "--help")).Succeeds(),
            (await GeotagRun.Of("help", "models", "pull")).Succeeds()
        );
        Assert.Equal((await GeotagRun.Of("--help")).Succeeds(), (await GeotagRun.Of("help")).Succeeds());
        (await GeotagRun.Of("help", "models", "pul")).Fails(ExitCode.Usage, "'pul' is not known here; did you mean pull?");
    }

    private static IEnumerable<string> Paths(Command command, string path) =>
        command.Subcommands.SelectMany(part => Paths(part, $"{path} {part.Name}".TrimStart()).Prepend($"{path} {part.Name}".TrimStart()));
}
