using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Training.Evaluation;

/// <summary>What <c>geotag evaluate</c> found.</summary>
/// <param name="Data">The photos measured on.</param>
/// <param name="Heads">Each head.</param>
/// <param name="Comparisons">The first head against each other.</param>
public sealed record EvaluationReport(string Data, IReadOnlyList<HeadEvaluation> Heads, IReadOnlyList<McNemarTest> Comparisons)
{
    /// <summary>What the two columns of a score mean, for people.</summary>
    public const string Rules =
        "Exact match and macro F1 by thresholds alone, as the paper's authors validate; 'with fallback' "
        + "where a photo without a tag above its threshold takes its most probable one, as submissions and the service do.";

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReportJson.Default.EvaluationReport);

    /// <summary>The report as one HTML page that needs nothing else: styles and plots (SVG) are in it.</summary>
    public string ToHtml()
    {
        var page = new StringBuilder(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Evaluation of heads</title><style>"
        )
            .Append(
                "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#1b1f24;background:#fff}"
            )
            .Append("table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;border-bottom:1px solid #ddd;text-align:right}")
            .Append(
                "td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}.plots{display:flex;flex-wrap:wrap;align-items:flex-start;gap:1.5rem}"
            )
            .Append("</style></head><body><h1>Evaluation of heads</h1><p>")
            .Append(Text(Data))
            .Append("</p>");
        Table(
            page,
            [
                "head",
                "photos",
                "exact match",
                "with fallback",
                "macro F1",
                "with fallback",
                "Hamming loss",
                "micro F1",
                "calibration error",
            ],
            Heads.Select(head =>
                (string[])
                    [
                        head.Head,
                        $"{head.Photos}",
                        F(head.ExactMatch),
                        F(head.ExactMatchWithFallback),
                        F(head.MacroF1),
                        F(head.MacroF1WithFallback),
                        F(head.HammingLoss),
                        F(head.MicroF1),
                        F(head.CalibrationError),
                    ]
            ),
            linked: true
        );
        page.Append("<p>").Append(Text(Rules)).Append("</p>");
        if (Comparisons.Count > 0)
        {
            page.Append("<h2>McNemar tests by exact match</h2>");
            Table(
                page,
                ["heads", "only the first right", "only the second right", "chance"],
                Comparisons.Select(test =>
                    (string[])[$"{test.First} / {test.Second}", $"{test.OnlyFirst}", $"{test.OnlySecond}", test.Significance]
                )
            );
        }

        foreach (var head in Heads)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2 id=\"{Text(head.Head)}\">")
                .Append(Text(head.Head))
                .Append("</h2><div class=\"plots\">")
                .Append(EvaluationPlots.Reliability(head))
                .Append(EvaluationPlots.PrecisionRecall(head))
                .Append(EvaluationPlots.Squares(head))
                .Append("</div>")
                .Append(EvaluationPlots.TagBars(head));
            Table(
                page,
                ["tag", "photos", "precision", "recall", "F1", "F1 with fallback", "average precision"],
                head.Tags.Select(tag =>
                    (string[])
                        [
                            tag.Name,
                            $"{tag.Support}",
                            F(tag.Precision),
                            F(tag.Recall),
                            F(tag.F1),
                            F(tag.F1WithFallback),
                            F(tag.AveragePrecision),
                        ]
                )
            );
            Table(page, ["number of tags", "photos", "exact match", "with fallback"], head.ByTagCount.Select(Row));
            if (head.BySquare.Count > 0)
            {
                Table(page, ["100 km square", "photos", "exact match", "with fallback"], head.BySquare.Select(Row));
            }

            Table(
                page,
                ["right set", "decided set", "photos"],
                head.Confusions.Select(pair => (string[])[pair.Labels, pair.Decided, $"{pair.Photos}"])
            );
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static string[] Row(GroupScore group) => [group.Name, $"{group.Photos}", F(group.ExactMatch), F(group.ExactMatchWithFallback)];

    /// <summary>A table; linked, the first cell of a row leads to the section of its name.</summary>
    private static void Table(StringBuilder page, string[] header, IEnumerable<string[]> rows, bool linked = false)
    {
        page.Append("<table><tr>").AppendJoin(string.Empty, header.Select(cell => $"<th>{Text(cell)}</th>")).Append("</tr>");
        foreach (var row in rows)
        {
            page.Append("<tr>")
                .AppendJoin(
                    string.Empty,
                    row.Select(
                        (cell, i) => linked && i == 0 ? $"<td><a href=\"#{Text(cell)}\">{Text(cell)}</a></td>" : $"<td>{Text(cell)}</td>"
                    )
                )
                .Append("</tr>");
        }

        page.Append("</table>");
    }

    private static string F(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Text(string value) => WebUtility.HtmlEncode(value);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EvaluationReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
