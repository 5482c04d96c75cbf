using System.Numerics;
using System.Text.Json.Serialization;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Metrics;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Evaluation;

/// <summary>Scores of one tag.</summary>
/// <param name="Id">Its column.</param>
/// <param name="Name">Its name.</param>
/// <param name="Support">Photos that carry it.</param>
/// <param name="Precision">0..1.</param>
/// <param name="Recall">0..1.</param>
/// <param name="F1">0..1.</param>
/// <param name="AveragePrecision">Area under the precision-recall steps, 0..1; 0 without a positive.</param>
/// <param name="F1WithFallback">F1 with the most probable tag where none is above its threshold, 0..1.</param>
public sealed record TagScore(
    string Id,
    string Name,
    long Support,
    double Precision,
    double Recall,
    double F1,
    double AveragePrecision,
    double F1WithFallback
);

/// <summary>Exact match of a group of photos.</summary>
/// <param name="Group">What they share.</param>
/// <param name="Photos">How many.</param>
/// <param name="ExactMatch">By thresholds alone, 0..1.</param>
/// <param name="ExactMatchWithFallback">With the most probable tag where none is above its threshold, 0..1.</param>
public sealed record GroupScore(string Group, int Photos, double ExactMatch, double ExactMatchWithFallback)
{
    /// <summary>The group as tables show it: numbers of tags are padded so that they sort.</summary>
    [JsonIgnore]
    public string Name => Group.TrimStart('0') is { Length: > 0 } name ? name : Group;
}

/// <summary>One bin of the reliability diagram.</summary>
/// <param name="Probability">Mean probability in the bin.</param>
/// <param name="Frequency">Share that carry the tag.</param>
/// <param name="Count">Decisions in the bin.</param>
public sealed record ReliabilityBin(double Probability, double Frequency, long Count);

/// <summary>How often one label set was decided for another.</summary>
/// <param name="Labels">The right set, as tag names.</param>
/// <param name="Decided">The decided set.</param>
/// <param name="Photos">How often.</param>
public sealed record SetConfusion(string Labels, string Decided, int Photos);

/// <summary>A point of a precision-recall curve.</summary>
/// <param name="Recall">0..1.</param>
/// <param name="Precision">0..1.</param>
public sealed record CurvePoint(double Recall, double Precision);

/// <summary>Everything measured of one head on one set of photos.</summary>
public sealed record HeadEvaluation
{
    private const string FallbackDecision = "fallback";
    private const int Bins = 15;
    private const int ConfusedSets = 12;

    /// <summary>Name of the head.</summary>
    public required string Head { get; init; }

    /// <summary>Photos measured on.</summary>
    public required int Photos { get; init; }

    /// <summary><c>threshold</c>, <c>fallback</c> or <c>labelSets</c>: the decision that Hamming loss, micro F1, the tags'
    /// precision and recall, the confusions, the order of heads and McNemar's tests follow.</summary>
    public required string Decision { get; init; }

    /// <summary>Subset accuracy by thresholds alone, as the paper's authors validate, 0..1. With label sets, which are never
    /// empty, both rules give the same.</summary>
    public required double ExactMatch { get; init; }

    /// <summary>Mean F1 of the tags by thresholds alone.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>Subset accuracy with the most probable tag where none is above its threshold, as submissions and the
    /// service decide, 0..1.</summary>
    public required double ExactMatchWithFallback { get; init; }

    /// <summary>Mean F1 of the tags by that rule.</summary>
    public required double MacroF1WithFallback { get; init; }

    /// <summary>Share of wrong single decisions.</summary>
    public required double HammingLoss { get; init; }

    /// <summary>F1 of all decisions together.</summary>
    public required double MicroF1 { get; init; }

    /// <summary>Expected calibration error over all decisions, 15 bins of equal width.</summary>
    public required double CalibrationError { get; init; }

    /// <summary>By tag.</summary>
    public required IReadOnlyList<TagScore> Tags { get; init; }

    /// <summary>By number of tags.</summary>
    public required IReadOnlyList<GroupScore> ByTagCount { get; init; }

    /// <summary>By 100 km square of the British grid.</summary>
    public required IReadOnlyList<GroupScore> BySquare { get; init; }

    /// <summary>Reliability of the probabilities.</summary>
    public required IReadOnlyList<ReliabilityBin> Reliability { get; init; }

    /// <summary>The commonest confusions of whole sets.</summary>
    public required IReadOnlyList<SetConfusion> Confusions { get; init; }

    /// <summary>Precision and recall of all decisions together, threshold by threshold.</summary>
    public required IReadOnlyList<CurvePoint> Curve { get; init; }

    /// <summary>Exact match by the head's own decision.</summary>
    [JsonIgnore]
    public double DecidedExactMatch => Decision == FallbackDecision ? ExactMatchWithFallback : ExactMatch;

    /// <summary>Macro F1 by the head's own decision.</summary>
    [JsonIgnore]
    public double DecidedMacroF1 => Decision == FallbackDecision ? MacroF1WithFallback : MacroF1;

    /// <summary>Measures a head.</summary>
    /// <param name="head">The head.</param>
    /// <param name="data">Where the rows are.</param>
    /// <param name="rows">Rows to measure on.</param>
    /// <param name="decided">Receives its decision for each row, for comparisons.</param>
    public static HeadEvaluation Of(HeadFile head, TrainingData data, int[] rows, out ulong[] decided)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(rows);
        var tags = TagCatalog.Count;
        var probabilities = new float[rows.Length * tags];
        var (above, filled) = (new ulong[rows.Length], new ulong[rows.Length]);
        using (var scorer = new GraphScorer(head, data))
        {
            scorer.Score(rows, probabilities);
            Parallel.For(
                0,
                rows.Length,
                i =>
                {
                    above[i] = scorer.Decide(probabilities.AsSpan(i * tags, tags), DecisionRule.Threshold);
                    filled[i] = scorer.Decide(probabilities.AsSpan(i * tags, tags), DecisionRule.Fallback);
                }
            );
        }

        var sets = head.Decision == DecisionRule.Fallback ? filled : above;
        decided = sets;
        var labels = Array.ConvertAll(rows, row => data.Labels[row]);
        var both = new RuleScores(MultiLabelScores.Of(above, labels, tags), MultiLabelScores.Of(filled, labels, tags));
        var scores = both.By(head.Decision);
        var bins = Calibration(probabilities, labels);
        return new HeadEvaluation
        {
            Head = head.Name,
            Photos = rows.Length,
            Decision =
                head.LabelSets is not null ? "labelSets"
                : head.Decision == DecisionRule.Fallback ? FallbackDecision
                : "threshold",
            ExactMatch = both.Threshold.ExactMatch,
            MacroF1 = both.Threshold.MacroF1,
            ExactMatchWithFallback = both.Fallback.ExactMatch,
            MacroF1WithFallback = both.Fallback.MacroF1,
            HammingLoss = scores.HammingLoss,
            MicroF1 = scores.MicroF1,
            CalibrationError = bins.Sum(bin => bin.Count * Math.Abs(bin.Probability - bin.Frequency)) / probabilities.Length,
            Tags = [.. TagCatalog.Tags.Select(tag => Score(tag, scores, both, probabilities, labels))],
            ByTagCount = Group(i => BitOperations.PopCount(labels[i]).ToString("D2")),
            BySquare = data.Location is { } places ? Group(i => Square(places, rows[i])) : [],
            Reliability = bins,
            Confusions = Confused(sets, labels),
            Curve = MicroCurve(probabilities, labels),
        };

        IReadOnlyList<GroupScore> Group(Func<int, string> key) =>
            [
                .. Enumerable
                    .Range(0, rows.Length)
                    .GroupBy(key, StringComparer.Ordinal)
                    .Select(group => new GroupScore(group.Key, group.Count(), Right(group, above), Right(group, filled)))
                    .OrderBy(group => group.Group, StringComparer.Ordinal),
            ];

        double Right(IEnumerable<int> photos, ulong[] choices) => photos.Average(i => choices[i] == labels[i] ? 1.0 : 0);
    }

    private static TagScore Score(Tag tag, MultiLabelScores decided, RuleScores both, float[] probabilities, ulong[] labels)
    {
        var counts = decided.PerTag[tag.HeadRow];
        var scores = new float[labels.Length];
        var right = new bool[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            scores[i] = -probabilities[(i * TagCatalog.Count) + tag.HeadRow];
            right[i] = (labels[i] >> tag.HeadRow & 1) != 0;
        }

        return new TagScore(
            tag.Id,
            tag.Name,
            counts.Support,
            counts.Precision,
            counts.Recall,
            both.Threshold.PerTag[tag.HeadRow].F1,
            AveragePrecision.Of(scores, right),
            both.Fallback.PerTag[tag.HeadRow].F1
        );
    }

    private static ReliabilityBin[] Calibration(float[] probabilities, ulong[] labels)
    {
        var (sums, hits, counts) = (new double[Bins], new long[Bins], new long[Bins]);
        for (var i = 0; i < probabilities.Length; i++)
        {
            var bin = Math.Min(Bins - 1, (int)(probabilities[i] * Bins));
            sums[bin] += probabilities[i];
            hits[bin] += (long)(labels[i / TagCatalog.Count] >> (i % TagCatalog.Count) & 1);
            counts[bin]++;
        }

        return
        [
            .. Enumerable
                .Range(0, Bins)
                .Where(bin => counts[bin] > 0)
                .Select(bin => new ReliabilityBin(sums[bin] / counts[bin], (double)hits[bin] / counts[bin], counts[bin])),
        ];
    }

    private static CurvePoint[] MicroCurve(float[] probabilities, ulong[] labels)
    {
        const int Steps = 100;
        var (chosen, right) = (new long[Steps + 1], new long[Steps + 1]);
        long all = 0;
        for (var i = 0; i < probabilities.Length; i++)
        {
            var step = Math.Min(Steps, (int)(probabilities[i] * Steps));
            var isRight = (long)(labels[i / TagCatalog.Count] >> (i % TagCatalog.Count) & 1);
            chosen[step]++;
            right[step] += isRight;
            all += isRight;
        }

        var points = new List<CurvePoint>();
        long sumChosen = 0,
            sumRight = 0;
        for (var step = Steps; step >= 1; step--)
        {
            sumChosen += chosen[step];
            sumRight += right[step];
            if (sumChosen > 0 && all > 0)
            {
                points.Add(new CurvePoint((double)sumRight / all, (double)sumRight / sumChosen));
            }
        }

        return [.. points];
    }

    private static string Square(FeatureMatrix places, int row)
    {
        Span<float> place = stackalloc float[places.Columns];
        places.CopyRow(row, place);
        if (place[0] == 0 && place[1] == 0)
        {
            return "none";
        }

        var position = new GeoPosition(
            (place[0] * (LocationFeatures.MaxLatitude - LocationFeatures.MinLatitude)) + LocationFeatures.MinLatitude,
            (place[1] * (LocationFeatures.MaxLongitude - LocationFeatures.MinLongitude)) + LocationFeatures.MinLongitude
        );
        return GridReference.FromPosition(position, 100_000)?.ToString() ?? "none";
    }

    private static SetConfusion[] Confused(ulong[] sets, ulong[] labels) =>
        [
            .. sets.Zip(labels)
                .Where(pair => pair.First != pair.Second)
                .GroupBy(pair => pair)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key)
                .Take(ConfusedSets)
                .Select(group => new SetConfusion(Names(group.Key.Second), Names(group.Key.First), group.Count())),
        ];

    private static string Names(ulong set) =>
        string.Join(" + ", TagCatalog.Tags.Where(tag => (set >> tag.HeadRow & 1) != 0).Select(tag => tag.Name));
}
