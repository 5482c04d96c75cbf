using System.Globalization;
using GeoTagService.Testing;

namespace GeoTagService.ArchitectureTests;

/// <summary>Comments keep to the line length of .editorconfig; the formatter breaks code only.</summary>
public sealed class LineLengthTests
{
    private const string Setting = "max_line_length = ";

    [Fact]
    public void Comments_KeepToTheLineLength()
    {
        var root = ReferenceData.RepositoryRoot;
        var limit = int.Parse(
            File.ReadLines(Path.Combine(root, ".editorconfig")).First(line => line.StartsWith(Setting, StringComparison.Ordinal))[
                Setting.Length..
            ],
            CultureInfo.InvariantCulture
        );
        var files = new[] { "src", "tests", "bench" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToList();
        var tooLong =
            from file in files
            from line in File.ReadLines(file).Index()
            where line.Item.Length > limit && line.Item.TrimStart().StartsWith("//", StringComparison.Ordinal)
            select $"{Path.GetRelativePath(root, file)}:{line.Index + 1} has {line.Item.Length} characters, limit {limit}";

        Assert.NotEmpty(files);
        Assert.Empty(tooLong);
    }
}
