using GeoTagService.Testing;

namespace GeoTagService.DeployTests.Packages;

/// <summary>The command line as a tool of .NET: packed, installed from a folder, and used where no repository is.</summary>
public sealed class ToolPackageTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-tool-");

    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool HasSdk => OtherProgram.IsInstalled("dotnet");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact(SkipUnless = nameof(HasSdk), Skip = "dotnet is not on the path")]
    public async Task PackedTool_IsInstalledFromAFolderAndTagsPhotosOfBothKinds()
    {
        var packages = _directory.CreateSubdirectory("packages").FullName;
        var tools = Path.Combine(_directory.FullName, "tools");
        // No other source is asked: the package has all that it needs.
        var sources = Path.Combine(_directory.FullName, "nuget.config");
        await File.WriteAllTextAsync(
            sources,
            $"<configuration><packageSources><clear /><add key=\"folder\" value=\"{packages}\" /></packageSources></configuration>",
            TestContext.Current.CancellationToken
        );
        var jpeg = Path.Combine(_directory.FullName, "a.jpg");
        var png = Path.Combine(_directory.FullName, "b.png");
        await File.WriteAllBytesAsync(jpeg, TestImages.Jpeg(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(png, TestImages.Png(), TestContext.Current.CancellationToken);

        await SucceedsAsync(
            "dotnet",
            "pack",
            RepositoryFile.PathOf("src", "GeoTagService.Cli"),
            "-c",
            "Debug",
            "-o",
            packages,
            "-nodeReuse:false"
        );
        var version = Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(packages)))["geotag.".Length..];
        await SucceedsAsync("dotnet", "tool", "install", "geotag", "--tool-path", tools, "--version", version, "--configfile", sources);
        var geotag = Path.Combine(tools, OperatingSystem.IsWindows() ? "geotag.exe" : "geotag");
        // The PNG is decoded by the child process, which has to be in the package too.
        var output = await SucceedsAsync(geotag, "tag", jpeg, png, "--json");

        Assert.Equal(2, output.Split("\"probabilities\"").Length - 1);
    }

    private static async Task<string> SucceedsAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await OtherProgram.RunAsync(program, arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
