using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace GeoTagService.DeployTests.Image;

/// <summary>What the Dockerfile repeats by hand agrees with what it repeats.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string Text = File.ReadAllText(RepositoryFile.PathOf("Dockerfile"));

    [Fact]
    public void RestoreLayer_HasEveryProjectOfServiceAndCommandLine()
    {
        var needed = Projects("src/GeoTagService.Api/GeoTagService.Api.csproj")
            .Concat(Projects("src/GeoTagService.Cli/GeoTagService.Cli.csproj"))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();

        var copied = CopiedProjects().Matches(Text).Select(match => match.Groups["project"].Value).Order(StringComparer.Ordinal);

        Assert.Equal(needed, copied);
    }

    [Fact]
    public void Targets_AreAlikeButForTheirBase()
    {
        const string Shared = "# From here on both targets read alike.";
        var tails = Text.Split(Shared).Skip(1).Select(part => part.Split("\n\nFROM")[0].Trim()).ToList();

        Assert.Equal(2, tails.Count);
        Assert.Equal(tails[0], tails[1]);
    }

    [Fact]
    public void DefaultTarget_IsTheProcessor()
    {
        var targets = Stages().Matches(Text).Select(match => match.Groups["name"].Value).ToList();

        Assert.Contains("cuda", targets);
        Assert.Equal("cpu", targets[^1]);
    }

    [Fact]
    public void DefaultVersion_IsThatOfSourcesWithoutTags()
    {
        var next = XDocument.Load(RepositoryFile.PathOf("src/Directory.Build.props")).Descendants("MinVerMinimumMajorMinor").Single().Value;

        Assert.Equal($"{next}.0-alpha.0", DefaultVersion().Match(Text).Groups["version"].Value);
    }

    private static IEnumerable<string> Projects(string project)
    {
        var folder = Path.GetDirectoryName(project)!;
        var references = XDocument
            .Load(RepositoryFile.PathOf(project))
            .Descendants("ProjectReference")
            .Select(reference =>
                Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", folder, (string)reference.Attribute("Include")!)))
            );
        return [project, .. references.SelectMany(Projects)];
    }

    [GeneratedRegex(@"^COPY (?<project>\S+\.csproj) ", RegexOptions.Multiline)]
    private static partial Regex CopiedProjects();

    [GeneratedRegex(@"^ARG VERSION=(?<version>\S+)$", RegexOptions.Multiline)]
    private static partial Regex DefaultVersion();

    [GeneratedRegex(@"^FROM \S+ AS (?<name>\S+)$", RegexOptions.Multiline)]
    private static partial Regex Stages();
}
