using System.Text.RegularExpressions;
using System.Xml.Linq;
using GeoTagService.Testing;

namespace GeoTagService.ArchitectureTests;

/// <summary>The plan that README shows is that of the project files.</summary>
public sealed partial class ReadmePlanTests
{
    private static readonly string Root = ReferenceData.RepositoryRoot;

    [Fact]
    public void Picture_ShowsTheReferencesOfTheProjects_WithoutDetours()
    {
        var shown = Arrow()
            .Matches(File.ReadAllText(Path.Combine(Root, "README.md")))
            .Select(match => $"{match.Groups["from"]} --> {match.Groups["to"]}");

        var uses = Projects().ToDictionary(file => NameOf(file), UsesOf);
        var real =
            from pair in uses
            from used in pair.Value
            // What is used through another is left out: the picture has the shortest set of arrows that says the same.
            where !pair.Value.Any(other => other != used && Reaches(uses, other, used))
            select $"{pair.Key} --> {used}";

        Assert.Equal(real.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Projects() =>
        Directory
            .EnumerateFiles(Path.Combine(Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Append(Path.Combine(Root, "bench/GeoTagService.Bench/GeoTagService.Bench.csproj"));

    private static HashSet<string> UsesOf(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(reference => NameOf(reference.Attribute("Include")!.Value))];

    private static string NameOf(string project) =>
        Path.GetFileNameWithoutExtension(project.Replace('\\', '/')).Replace("GeoTagService.", "", StringComparison.Ordinal);

    private static bool Reaches(Dictionary<string, HashSet<string>> uses, string start, string goal) =>
        uses.TryGetValue(start, out var next) && (next.Contains(goal) || next.Any(one => Reaches(uses, one, goal)));

    [GeneratedRegex(@"^  (?<from>\w+) --> (?<to>\w+)$", RegexOptions.Multiline)]
    private static partial Regex Arrow();
}
