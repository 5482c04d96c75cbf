using System.Text.RegularExpressions;
using GeoTagService.Testing;

namespace GeoTagService.ArchitectureTests;

/// <summary>What pages and comments name is there: links lead somewhere, files exist, and types, members and settings are
/// words of the code.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Root = ReferenceData.RepositoryRoot;

    /// <summary>Campaigns of measurement stay as they were written, and what they name may have gone since.</summary>
    private static readonly string[] KeptAsTheyWere = ["docs/measurements/", "CHANGELOG.md", "tests/data/cases/"];

    private static readonly Lazy<HashSet<string>> Words = new(() =>
        [
            .. Files(
                    "*.cs",
                    "*.json",
                    "*.csproj",
                    "*.props",
                    "*.targets",
                    "*.js",
                    "*.html",
                    "*.py",
                    "*.conf",
                    "*.yml",
                    "*.yaml",
                    "*.sh",
                    "Dockerfile",
                    "justfile",
                    "*.txt",
                    "*.service"
                )
                .SelectMany(file => Word().Matches(WithoutComments(file)).Select(match => match.Value)),
        ]
    );

    public static TheoryData<string> Pages => [.. Files("*.md").Select(Relative)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_LeadToFilesAndHeadings(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Root, page))!;
        var broken =
            from match in Link().Matches(WithoutBlocks(File.ReadAllText(Path.Combine(Root, page))))
            let target = match.Groups["target"].Value
            where !Scheme().IsMatch(target)
            let parts = target.Split('#', 2)
            let file = parts[0].Length == 0 ? Path.Combine(Root, page) : Path.GetFullPath(Path.Combine(folder, parts[0]))
            where !(File.Exists(file) || Directory.Exists(file)) || (parts.Length > 1 && !HeadingsOf(file).Contains(parts[1]))
            select target;

        Assert.Empty(broken);
    }

    [Fact]
    public void Files_ThatCommentsAndPagesName_Exist()
    {
        var missing =
            from file in Files("*.cs", "*.md", "*.csproj", "*.props", "*.yml", "*.py", "*.sh", "Dockerfile")
            where !IsKept(file)
            from match in NamedFile().Matches(File.ReadAllText(file))
            let named = match.Value.TrimEnd('.')
            where !Path.Exists(Path.Combine(Root, named))
            select $"{Relative(file)}: {named}";

        Assert.Empty(missing.Distinct());
    }

    [Fact]
    public void Names_InPagesAndComments_AreWordsOfTheCode()
    {
        var inPages =
            from file in Files("*.md")
            where !IsKept(file)
            from match in InBackticks().Matches(WithoutBlocks(File.ReadAllText(file)))
            select (File: file, Name: match.Groups["name"].Value);
        var inComments =
            from file in Files("*.cs")
            from match in InComment().Matches(File.ReadAllText(file))
            select (File: file, Name: match.Groups["name"].Value);

        var unknown =
            from named in inPages.Concat(inComments)
            from word in Word().Matches(named.Name).Select(match => match.Value)
            where Cased().IsMatch(word) && !Words.Value.Contains(word) && !OfOthers.Contains(word)
            select $"{Relative(named.File)}: {named.Name}";

        Assert.Empty(unknown.Distinct());
    }

    /// <summary>Names of formats, of other programs and of what others wrote, which our code has no word for.</summary>
    private static readonly HashSet<string> OfOthers = ["SkipLayerNormalization", "DynamicQuantizeMatMul", "MatMulNBits"];

    private static IEnumerable<string> Files(params string[] patterns) =>
        new[] { "src", "bench", "tests", "docs", "deploy", "tools", "samples", ".github" }
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => patterns.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)))
            .Concat(patterns.SelectMany(pattern => Directory.EnumerateFiles(Root, pattern)))
            .Where(file => !Built().IsMatch(Relative(file)));

    private static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static bool IsKept(string file) => KeptAsTheyWere.Any(start => Relative(file).StartsWith(start, StringComparison.Ordinal));

    private static string WithoutComments(string file) =>
        file.EndsWith(".cs", StringComparison.Ordinal) ? Comment().Replace(File.ReadAllText(file), "") : File.ReadAllText(file);

    private static string WithoutBlocks(string page) => Block().Replace(page, "");

    /// <summary>Headings as the usual readers of Markdown make anchors of them.</summary>
    private static HashSet<string> HeadingsOf(string file) =>
        [
            .. Heading()
                .Matches(File.ReadAllText(file))
                .Select(match => NotInAnchors().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
        ];

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^([a-z]+:|//)")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^#+ (?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    [GeneratedRegex(@"^(```.*?^```|    [^\n]*$)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(
        @"(?<![\w./-])(docs|src|tests|bench|deploy|tools|samples)/[\w./-]+\.(md|cs|csproj|py|json|sh|conf|yml|yaml|csv|jpg|png)\b"
    )]
    private static partial Regex NamedFile();

    [GeneratedRegex(@"`(?<name>[A-Za-z][\w.:]*(\(\))?)`")]
    private static partial Regex InBackticks();

    [GeneratedRegex(@"///.*?<c>(?<name>[A-Za-z][\w.:]*(\(\))?)</c>")]
    private static partial Regex InComment();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"[A-Za-z_]\w*")]
    private static partial Regex Word();

    /// <summary>Two humps at least: a word of prose in backticks has none.</summary>
    [GeneratedRegex("^[A-Z][a-z0-9]+([A-Z][A-Za-z0-9]*)+$")]
    private static partial Regex Cased();

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|artifacts)/")]
    private static partial Regex Built();
}
