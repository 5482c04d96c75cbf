using System.Text.RegularExpressions;

namespace GeoTagService.DeployTests.Monitoring;

/// <summary>What a query of Prometheus names: a metric, and the labels that it selects, groups or joins by.</summary>
/// <param name="Metric">The name as it stands in the query.</param>
/// <param name="Labels">Labels in its braces, and those of every <c>by</c>, <c>on</c> … of the query.</param>
internal sealed record MetricUse(string Metric, IReadOnlySet<string> Labels);

/// <summary>Reads queries as far as a check of names needs it.</summary>
internal static partial class PromQueries
{
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "offset",
        "bool",
        "inf",
        "nan",
    };

    /// <summary>Every metric of a query.</summary>
    public static IReadOnlyList<MetricUse> Read(string query)
    {
        // Strings first: what stands in them is no name. Then ranges: their units are none either.
        var text = Ranges().Replace(Strings().Replace(query, "''"), "");
        var grouped = Groupings()
            .Matches(text)
            .SelectMany(match => Names().Matches(match.Groups["labels"].Value))
            .Select(match => match.Value)
            .ToHashSet(StringComparer.Ordinal);
        text = Groupings().Replace(text, " ");
        return
        [
            .. Selectors()
                .Matches(text)
                .Where(match => !Words.Contains(match.Groups["name"].Value) && !match.Groups["call"].Success)
                .Select(match => new MetricUse(
                    match.Groups["name"].Value,
                    Matchers()
                        .Matches(match.Groups["matchers"].Value)
                        .Select(matcher => matcher.Groups["label"].Value)
                        .Concat(grouped)
                        .ToHashSet(StringComparer.Ordinal)
                )),
        ];
    }

    [GeneratedRegex("\"[^\"]*\"|'[^']*'")]
    private static partial Regex Strings();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Ranges();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)")]
    private static partial Regex Groupings();

    [GeneratedRegex("[a-zA-Z_][a-zA-Z0-9_]*")]
    private static partial Regex Names();

    [GeneratedRegex(@"(?<![\w:.])(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{(?<matchers>[^}]*)\}|(?<call>\())?")]
    private static partial Regex Selectors();

    [GeneratedRegex(@"(?<label>[a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)")]
    private static partial Regex Matchers();
}
