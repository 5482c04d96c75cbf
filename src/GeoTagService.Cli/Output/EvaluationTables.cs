using GeoTagService.Training.Evaluation;
using Spectre.Console;

namespace GeoTagService.Cli.Output;

/// <summary>What <c>geotag evaluate</c> prints: every head's scores, then the first heads side by side by tag, by number of
/// tags and by 100 km square.</summary>
internal static class EvaluationTables
{
    private const int Width = 120;

    // As many as fit the width beside the longest name of a tag. JSON and the page have the others.
    private const int HeadsSideBySide = 4;

    public static void Write(EvaluationReport report, TextWriter output)
    {
        var table = new Table().AddColumns(
            "head",
            "photos",
            "exact match",
            "with fallback",
            "macro F1",
            "with fallback",
            "Hamming",
            "micro F1",
            "ECE"
        );
        foreach (var head in report.Heads)
        {
            table.AddRow(
                head.Head,
                $"{head.Photos}",
                $"{head.ExactMatch:0.0000}",
                $"{head.ExactMatchWithFallback:0.0000}",
                $"{head.MacroF1:0.0000}",
                $"{head.MacroF1WithFallback:0.0000}",
                $"{head.HammingLoss:0.0000}",
                $"{head.MicroF1:0.0000}",
                $"{head.CalibrationError:0.0000}"
            );
        }

        PlainTable.Write(table, output, Width);
        output.WriteLine(
            "Exact match and macro F1 by thresholds alone, as the paper's authors validate; with fallback: where none is above,"
        );
        output.WriteLine("the most probable tag, as submissions and the service decide. Below, each cell has both.");
        foreach (var test in report.Comparisons)
        {
            output.WriteLine(
                $"{test.First} / {test.Second}: only the first right {test.OnlyFirst}, only the second {test.OnlySecond}, McNemar {test.Significance}"
            );
        }

        var beside = report.Heads.Take(HeadsSideBySide).ToArray();
        WriteBeside(output, "F1 by tag", beside, head => head.Tags.Select(tag => (tag.Name, tag.Support, tag.F1, tag.F1WithFallback)));
        WriteBeside(output, "exact match by number of tags", beside, head => Rows(head.ByTagCount));
        WriteBeside(output, "exact match by 100 km square", beside, head => Rows(head.BySquare));
        if (report.Heads.Count > beside.Length)
        {
            output.WriteLine($"The lower tables show the first {beside.Length} heads; --head chooses others, --json and --html hold all.");
        }
    }

    private static IEnumerable<(string, long, double, double)> Rows(IEnumerable<GroupScore> groups) =>
        groups.Select(group => (group.Name, (long)group.Photos, group.ExactMatch, group.ExactMatchWithFallback));

    /// <summary>All heads were measured on the same photos, so that they have the same rows in the same order.</summary>
    private static void WriteBeside(
        TextWriter output,
        string title,
        HeadEvaluation[] heads,
        Func<HeadEvaluation, IEnumerable<(string Name, long Photos, double Score, double WithFallback)>> rowsOf
    )
    {
        var columns = Array.ConvertAll(heads, head => rowsOf(head).ToArray());
        if (columns[0].Length == 0)
        {
            return;
        }

        var table = new Table().AddColumns([string.Empty, "photos", .. heads.Select(head => head.Head)]);
        for (var i = 0; i < columns[0].Length; i++)
        {
            table.AddRow([
                columns[0][i].Name,
                $"{columns[0][i].Photos}",
                .. columns.Select(rows => $"{rows[i].Score:0.0000} {rows[i].WithFallback:0.0000}"),
            ]);
        }

        output.WriteLine();
        output.WriteLine(title);
        PlainTable.Write(table, output, Width);
    }
}
