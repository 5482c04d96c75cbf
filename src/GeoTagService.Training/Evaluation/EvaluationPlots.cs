using System.Globalization;
using System.Net;
using System.Text;

namespace GeoTagService.Training.Evaluation;

/// <summary>The report's plots as SVG. Written here: they are lines, bars and squares, and text stays text, which needs no
/// fonts on the machine that writes them.</summary>
internal static class EvaluationPlots
{
    private const int Size = 260;
    private const int Margin = 36;

    // The lettered 100 km squares, from the south-west corner (SV) of the grid northwards, with I left out.
    private const string Letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ";

    public static string Reliability(HeadEvaluation head) =>
        Frame(
            "Reliability",
            "probability",
            "frequency",
            [new(0, 0), new(1, 1)],
            [.. head.Reliability.Select(bin => new CurvePoint(bin.Probability, bin.Frequency))]
        );

    public static string PrecisionRecall(HeadEvaluation head) =>
        Frame("Precision and recall, all tags", "recall", "precision", [], head.Curve);

    public static string TagBars(HeadEvaluation head)
    {
        const int Row = 18,
            Label = 250,
            Bar = 400;
        var svg = Open(Label + Bar + 60, (head.Tags.Count * Row) + 28).Append(Caption(0, 14, "start", "F1 by tag"));
        var y = 24;
        foreach (var tag in head.Tags.OrderByDescending(tag => tag.F1))
        {
            svg.Append(Caption(Label - 6, y + 12, "end", tag.Name))
                .Append(
                    CultureInfo.InvariantCulture,
                    $"<rect x=\"{Label}\" y=\"{y + 2}\" width=\"{Bar * tag.F1:0.0}\" height=\"{Row - 4}\" fill=\"#2a6f97\"/>"
                )
                .Append(Caption((int)(Label + (Bar * tag.F1) + 4), y + 12, "start", tag.F1.ToString("0.00", CultureInfo.InvariantCulture)));
            y += Row;
        }

        return svg.Append("</svg>").ToString();
    }

    /// <summary>The country as 100 km squares, darker where more photos are right.</summary>
    public static string Squares(HeadEvaluation head)
    {
        const int Edge = 22,
            Columns = 7,
            Rows = 13;
        var svg = Open(Size, (Rows * Edge) + 46).Append(Caption(0, 14, "start", "Exact match by 100 km square"));
        var best = head.BySquare.Select(square => square.ExactMatch).DefaultIfEmpty(1).Max();
        svg.Append(Caption(0, 32, "start", string.Create(CultureInfo.InvariantCulture, $"from none (pale) to {best:0.00}")));
        foreach (var square in head.BySquare.Where(square => square.Group.Length == 2))
        {
            var (big, small) = (Letters.IndexOf(square.Group[0]), Letters.IndexOf(square.Group[1]));
            var column = (((big % 5) - 2) * 5) + (small % 5);
            var row = ((3 - (big / 5)) * 5) + 4 - (small / 5);
            if (column is < 0 or >= Columns || row is < 0 or >= Rows)
            {
                continue;
            }

            var (x, y) = (40 + (column * Edge), 40 + ((Rows - 1 - row) * Edge));
            var shade = best > 0 ? square.ExactMatch / best : 0;
            svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<rect x=\"{x}\" y=\"{y}\" width=\"{Edge}\" height=\"{Edge}\" fill=\"#2a6f97\" fill-opacity=\"{0.1 + (0.9 * shade):0.00}\" stroke=\"#fff\">"
                )
                .Append(
                    CultureInfo.InvariantCulture,
                    $"<title>{square.Group}: {square.ExactMatch:0.000} of {square.Photos} photos</title></rect>"
                )
                .Append(
                    CultureInfo.InvariantCulture,
                    $"<text x=\"{x + (Edge / 2)}\" y=\"{y + 15}\" text-anchor=\"middle\" font-size=\"10\" pointer-events=\"none\" fill=\"{(shade > 0.5 ? "#fff" : "#1b1f24")}\">{square.Group}</text>"
                );
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Frame(string title, string x, string y, IReadOnlyList<CurvePoint> guide, IReadOnlyList<CurvePoint> points)
    {
        var side = Size - (2 * Margin);
        var svg = Open(Size, Size + 10)
            .Append(Caption(0, 14, "start", title))
            .Append(
                CultureInfo.InvariantCulture,
                $"<rect x=\"{Margin}\" y=\"{Margin}\" width=\"{side}\" height=\"{side}\" fill=\"none\" stroke=\"#999\"/>"
            )
            .Append(Caption(Margin + (side / 2), Size - 14, "middle", $"{x}, 0 to 1"))
            .Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"14\" y=\"{Margin + (side / 2)}\" text-anchor=\"middle\" font-size=\"12\" transform=\"rotate(-90 14 {Margin + (side / 2)})\">{y}, 0 to 1</text>"
            )
            .Append(Line(guide, "#bbb"))
            .Append(Line(points, "#2a6f97"));
        return svg.Append("</svg>").ToString();

        string Line(IReadOnlyList<CurvePoint> line, string colour) =>
            line.Count == 0
                ? string.Empty
                : $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{string.Join(' ', line.Select(Place))}\"/>";

        string Place(CurvePoint point) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Margin + (side * point.Recall):0.0},{Margin + (side * (1 - point.Precision)):0.0}"
            );
    }

    private static StringBuilder Open(int width, int height) =>
        new(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"system-ui,sans-serif\">"
        );

    private static string Caption(int x, int y, string anchor, string text) =>
        $"<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" font-size=\"12\">{WebUtility.HtmlEncode(text)}</text>";
}
