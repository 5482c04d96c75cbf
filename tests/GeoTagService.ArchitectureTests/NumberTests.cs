using System.Text.RegularExpressions;
using GeoTagService.Testing;

namespace GeoTagService.ArchitectureTests;

/// <summary>Decimal numbers are read with a style that says what they may look like: without one, .NET takes the comma of "0,5" for a
/// separator of thousands and reads 5.</summary>
public sealed partial class NumberTests
{
    [Fact]
    public void DecimalNumbers_AreReadWithAStyle()
    {
        var root = ReferenceData.RepositoryRoot;
        var files = new[] { "src", "bench" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToList();
        var loose =
            from file in files
            from Match call in Reading().Matches(File.ReadAllText(file))
            where !Arguments(call).Contains("NumberStyles", StringComparison.Ordinal)
            select $"{Path.GetRelativePath(root, file)}: {call.Value}{Arguments(call)}";

        Assert.Contains(files, file => Reading().IsMatch(File.ReadAllText(file)));
        Assert.Empty(loose);
    }

    /// <summary>What stands between the brackets of a call.</summary>
    private static string Arguments(Match call)
    {
        var text = call.Groups["rest"].Value;
        var depth = 1;
        var end = 0;
        while (end < text.Length && depth > 0)
        {
            depth += text[end] switch
            {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            end++;
        }

        return text[..end];
    }

    [GeneratedRegex(@"\b(?:double|float|decimal)\.(?:Try)?Parse\((?=(?<rest>[^;]{0,300}))")]
    private static partial Regex Reading();
}
