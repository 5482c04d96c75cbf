using System.Diagnostics;
using System.Globalization;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>The jobs of <c>deploy/slurm</c> on a real Slurm of a controller and three nodes, made for the test.</summary>
public sealed class SlurmTests(TinyModel model)
{
    private static readonly string[] Programs = ["slurmctld", "slurmd", "sbatch", "munged", "mungekey", "setpriv"];

    /// <summary>The controller and three nodes listen on ports that follow one another.</summary>
    private const int Daemons = 4;

    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool HasSlurm =>
        OperatingSystem.IsLinux()
        && Environment.IsPrivilegedProcess
        && Programs.All(program => LocalMachine.FindProgram(program) is not null || File.Exists($"/usr/sbin/{program}"));

    [Fact(SkipUnless = nameof(HasSlurm), Skip = "needs root and Slurm (Debian: apt-get install slurm-wlm munge)")]
    public async Task ArrayOfTasks_IsMergedAfterwards_ToWhatOneRunWrites()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("bash", ["deploy/slurm/local-cluster.sh", "deploy/slurm/rehearse.sh", "200", "4", "none"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = ReferenceData.RepositoryRoot,
        };
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        start.Environment["GEOTAG"] = $"{host} {Path.Combine(AppContext.BaseDirectory, "geotag.dll")}";
        start.Environment["GeoTag__Bundle"] = model.Bundle;
        start.Environment["GEOTAG_SLURM_PORT"] = LocalMachine.FreePorts(Daemons).ToString(CultureInfo.InvariantCulture);

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        var said = await output + await error;

        Assert.True(process.ExitCode == 0, said);
        Assert.Equal(4, said.Split("JobState=COMPLETED").Length - 1);
        Assert.Contains("200 rows: 198 done, 2 rejected, 0 missing", said, StringComparison.Ordinal);
        Assert.Contains("merged and single are the same", said, StringComparison.Ordinal);
    }
}
