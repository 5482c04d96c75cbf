using System.Diagnostics;
using GeoTagService.Testing;

namespace GeoTagService.DeployTests;

/// <summary>Programs that read what deploys the service: promtool, kubectl, node, bash.</summary>
internal static class OtherProgram
{
    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool IsInstalled(string program) => LocalMachine.FindProgram(program) is not null;

    /// <summary>Runs one to its end.</summary>
    /// <returns>The exit code, and what it wrote to both outputs.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo(LocalMachine.FindProgram(program)!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = ReferenceData.RepositoryRoot,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var cancellation = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output + await error);
    }
}
