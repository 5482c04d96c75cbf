using System.Text.RegularExpressions;

namespace GeoTagService.DeployTests.Workflows;

/// <summary>Workflows do with as few rights as they need, run what is pinned, and call what is there.</summary>
public sealed partial class WorkflowTests
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(RepositoryFile.PathOf(".github", "workflows")).Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Workflow_IsPinned_Limited_AndCallsWhatIsThere(string file)
    {
        var text = File.ReadAllText(RepositoryFile.PathOf(".github", "workflows", file));
        var workflow = Yaml.Parse(text).Single();

        Assert.Equal("read", ((Dictionary<object, object>)workflow["permissions"])["contents"]);
        Assert.All(
            ((Dictionary<object, object>)workflow["jobs"]).Values,
            job => Assert.Contains("timeout-minutes", ((Dictionary<object, object>)job).Keys)
        );
        Assert.All(Uses().Matches(text), use => Assert.Matches("^[^@]+@[0-9a-f]{40} # v", use.Groups["action"].Value));
        Assert.All(
            Scripts().Matches(text).Select(match => match.Value),
            script => Assert.True(File.Exists(RepositoryFile.PathOf(script.Split('/'))), script)
        );
    }

    [Fact]
    public void Justfile_CallsWhatIsThere()
    {
        var text = File.ReadAllText(RepositoryFile.PathOf("justfile"));
        var named = Scripts()
            .Matches(text)
            .Select(match => match.Value)
            .Concat(Projects().Matches(text).Select(match => match.Value))
            .ToHashSet();

        Assert.Contains(".ci/run", named);
        Assert.Contains("src/GeoTagService.Api", named);
        Assert.All(named, path => Assert.True(Path.Exists(RepositoryFile.PathOf(path.Split('/'))), path));
    }

    [GeneratedRegex(@"uses: (?<action>.*)$", RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex(@"(?<![\w/])(\.ci/\w+|deploy/[\w/.-]+\.sh)")]
    private static partial Regex Scripts();

    [GeneratedRegex(@"(src|tests)/GeoTagService\.[A-Za-z]+(\.[A-Za-z]+)?(?![\w.{])")]
    private static partial Regex Projects();
}
