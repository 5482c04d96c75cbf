using System.Globalization;
using GeoTagService.Bench.Parts;
using Spectre.Console;

namespace GeoTagService.Cli.Output;

/// <summary>Times of variants as a table.</summary>
internal static class TimesTable
{
    private const int Width = 120;

    /// <summary>Writes the table.</summary>
    /// <param name="title">Head of the column of names.</param>
    /// <param name="times">The times.</param>
    /// <param name="output">Where to.</param>
    public static void Write(string title, IReadOnlyList<VariantTimes> times, TextWriter output)
    {
        var table = new Table().AddColumns(title, "median", "quartiles", "least", "processor");
        foreach (var time in times)
        {
            table.AddRow(
                time.Name,
                Number(time.Median),
                $"{Number(time.LowerQuartile)} to {Number(time.UpperQuartile)}",
                Number(time.Least),
                Number(time.Processor)
            );
        }

        PlainTable.Write(table, output, Width);
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
