using GeoTagService.Core.Bundles;

namespace GeoTagService.Core.Tests.Bundles;

public sealed class InstallationCommandTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory();

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void ProgramOfAClone_SaysWhatWorksInTheClone()
    {
        Directory.CreateDirectory(Path.Combine(_root.FullName, "src", "GeoTagService.Cli"));
        File.WriteAllText(Path.Combine(_root.FullName, "src", "GeoTagService.Cli", "GeoTagService.Cli.csproj"), "");
        var program = _root.CreateSubdirectory(Path.Combine("src", "GeoTagService.Api", "bin", "Debug"));

        Assert.Equal("dotnet run --project src/GeoTagService.Cli -- models pull", InstallationCommand.For(program.FullName));
    }

    [Fact]
    public void ProgramElsewhere_NamesTheTool() => Assert.Equal("geotag models pull", InstallationCommand.For(_root.FullName));
}
