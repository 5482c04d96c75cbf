namespace GeoTagService.DeployTests.Systemd;

/// <summary>The unit for machines without containers, as systemd itself reads it.</summary>
public sealed class UnitTests
{
    private const string Unit = "deploy/systemd/geotagservice@.service";

    public static bool HasSystemd => OtherProgram.IsInstalled("systemd-analyze") && File.Exists("/usr/bin/dotnet");

    [Fact(SkipUnless = nameof(HasSystemd), Skip = "systemd-analyze and /usr/bin/dotnet are needed (Debian: apt-get install systemd)")]
    public async Task Unit_IsRead_AndAWrongOneIsNot()
    {
        var folder = Directory.CreateTempSubdirectory("geotag-unit-");
        var wrong = Path.Combine(folder.FullName, "geotagservice@.service");
        var text = await File.ReadAllTextAsync(RepositoryFile.PathOf(Unit), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            wrong,
            text.Replace("MemoryMax=2G", "MemoryMaximum=2G", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        var read = await OtherProgram.RunAsync("systemd-analyze", ["verify", "--man=no", Unit]);
        var refused = await OtherProgram.RunAsync("systemd-analyze", ["verify", "--man=no", wrong]);
        folder.Delete(recursive: true);

        Assert.True(read is { ExitCode: 0, Output: "" }, read.Output);
        Assert.Contains("MemoryMaximum", refused.Output, StringComparison.Ordinal);
    }
}
