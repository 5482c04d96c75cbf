using System.Globalization;

namespace GeoTagService.Core.Tags;

/// <summary>The best of some heads, with what made it that, for the user: "has the best macro F1 (0.5970)".</summary>
/// <param name="Best">The head.</param>
/// <param name="Why">What it has, to be followed by "of the … heads".</param>
/// <param name="Remarks">Ties, heads that were not ranked, and the like; empty or beginning with a semicolon.</param>
internal sealed record RankedHead(HeadDescriptor Best, string Why, string Remarks);

/// <summary>
/// Ranks heads by a measure that all of them have: figures of the same photos by the same rule. Figures taken on different
/// photos, or by different rules, are no ranking; then those heads count that were measured together, the published ones
/// first, and the rest is named. Heads without any figure come last.
/// </summary>
internal static class HeadRanking
{
    private const int MostNamed = 3;

    /// <summary>Chooses among at least one head; of equals the first.</summary>
    public static RankedHead Of(IReadOnlyList<HeadDescriptor> heads, HeadPolicy policy)
    {
        var measured = heads.Where(head => Figures(head).Any() || head.Metrics.KaggleScore is not null).ToList();
        if (measured.Count == 0)
        {
            return new RankedHead(
                heads[0],
                heads.Count == 1 ? "is the only one, not measured," : "is the first, none being measured,",
                string.Empty
            );
        }

        var remarks = Unranked(heads.Except(measured), "was not measured", "were not measured");
        if (Together(measured, policy) is { } ranked)
        {
            return ranked with { Remarks = ranked.Remarks + remarks };
        }

        var group = LargestGroup(measured);
        remarks =
            Unranked(
                measured.Except(group),
                "was measured on other photos or by another rule and is not ranked",
                "were measured on other photos or by other rules and are not ranked"
            ) + remarks;
        return Together(group, policy) is { } partly
            ? partly with
            {
                Remarks = partly.Remarks + remarks,
            }
            : new RankedHead(group[0], "is the first, no measure being shared,", remarks);
    }

    /// <summary>The best by the first measure that all heads have, or null where there is none.</summary>
    private static RankedHead? Together(List<HeadDescriptor> heads, HeadPolicy policy)
    {
        if (policy == HeadPolicy.ExactMatch && heads.TrueForAll(head => head.Metrics.KaggleScore is not null))
        {
            return Rank(
                heads,
                head => head.Metrics.KaggleScore!.Value,
                head => head.Metrics.ExactMatch,
                "Kaggle score",
                "0.00000",
                string.Empty
            );
        }

        // Photos that nobody names may be anybody's: the published heads' are then not those of a head that has no Kaggle score.
        var mixed = heads.Select(head => head.Metrics.KaggleScore is null).Distinct().Count() > 1;
        return Shared(heads, heads.SelectMany(Figures).Where(figure => !mixed || figure.Key.Split is not null)) is { } own
            ? Rank(heads, own, policy)
            : null;
    }

    private static RankedHead? Rank(List<HeadDescriptor> heads, FigureKey key, HeadPolicy policy)
    {
        Func<HeadDescriptor, double?> exact = head => Figures(head).First(figure => figure.Key == key).ExactMatch;
        Func<HeadDescriptor, double?> f1 = head => Figures(head).First(figure => figure.Key == key).MacroF1;
        var (first, second, isF1First) = policy switch
        {
            HeadPolicy.ExactMatch => (exact, f1, false),
            HeadPolicy.MacroF1 => (f1, exact, true),
            _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "no measure is known for it"),
        };
        var byFirst = heads.TrueForAll(head => first(head) is not null);
        if (!byFirst && !heads.TrueForAll(head => second(head) is not null))
        {
            return null;
        }

        var name = isF1First == byFirst ? "macro F1" : "exact match";
        var how = key.Rule switch
        {
            DecisionRule.Threshold => " by thresholds alone",
            DecisionRule.Fallback => " with the fallback",
            _ => string.Empty,
        };
        return byFirst
            ? Rank(heads, head => first(head)!.Value, second, name, "0.0000", how)
            : Rank(heads, head => second(head)!.Value, first, name, "0.0000", how);
    }

    private static RankedHead Rank(
        List<HeadDescriptor> heads,
        Func<HeadDescriptor, double> measure,
        Func<HeadDescriptor, double?> other,
        string name,
        string format,
        string how
    )
    {
        var top = heads.Max(measure);
        var equal = heads.Where(head => measure(head) == top).ToList();
        var best = equal.MaxBy(head => other(head) ?? double.NegativeInfinity)!;
        var tie =
            equal.Count == 1
                ? string.Empty
                : $"; {Names(equal.Where(head => head != best))} {(equal.Count == 2 ? "has" : "have")} the same, and {(equal.TrueForAll(head => other(head) == other(best)) ? "the bundle's order" : "the other score")} decides";
        return new RankedHead(best, $"has the best {name} ({top.ToString(format, CultureInfo.InvariantCulture)}){how}", tie);
    }

    /// <summary>The first of some figures' photos and rule that every head was measured on.</summary>
    private static FigureKey? Shared(List<HeadDescriptor> heads, IEnumerable<Figure> figures) =>
        figures
            .Select(figure => figure.Key)
            .Distinct()
            .FirstOrDefault(key => heads.TrueForAll(head => Figures(head).Any(figure => figure.Key == key)));

    /// <summary>The published heads where there are any, else the most that were measured together.</summary>
    private static List<HeadDescriptor> LargestGroup(List<HeadDescriptor> heads)
    {
        var published = heads.Where(head => head.Metrics.KaggleScore is not null).ToList();
        return published.Count > 0
            ? published
            : heads
                .SelectMany(Figures)
                .Select(figure => figure.Key)
                .Distinct()
                .Select(key => heads.Where(head => Figures(head).Any(figure => figure.Key == key)).ToList())
                .MaxBy(group => group.Count)!;
    }

    private static IEnumerable<Figure> Figures(HeadDescriptor head)
    {
        var metrics = head.Metrics;
        var own = new Figure(new FigureKey(metrics.Split, metrics.Rule), metrics.ExactMatch, metrics.MacroF1);
        var filled = new Figure(
            new FigureKey(metrics.Split, DecisionRule.Fallback),
            metrics.ExactMatchWithFallback,
            metrics.MacroF1WithFallback
        );
        IEnumerable<Figure> further = (metrics.Further ?? []).SelectMany(figures =>
            new[]
            {
                new Figure(new FigureKey(figures.Split, DecisionRule.Threshold), figures.ExactMatch, figures.MacroF1),
                new Figure(
                    new FigureKey(figures.Split, DecisionRule.Fallback),
                    figures.ExactMatchWithFallback,
                    figures.MacroF1WithFallback
                ),
            }
        );
        return (metrics.Rule == DecisionRule.Fallback ? [own] : new[] { own, filled })
            .Concat(further)
            .Where(figure => figure is not { ExactMatch: null, MacroF1: null });
    }

    private static string Unranked(IEnumerable<HeadDescriptor> heads, string one, string several)
    {
        var list = heads.ToList();
        return list.Count == 0 ? string.Empty : $"; {Names(list)} {(list.Count == 1 ? one : several)}";
    }

    private static string Names(IEnumerable<HeadDescriptor> heads)
    {
        var names = heads.Select(head => head.Name).ToList();
        return names.Count <= MostNamed
            ? string.Join(", ", names)
            : $"{string.Join(", ", names.Take(MostNamed))} and {names.Count - MostNamed} more";
    }

    private sealed record FigureKey(string? Split, DecisionRule? Rule);

    private sealed record Figure(FigureKey Key, double? ExactMatch, double? MacroF1);
}
