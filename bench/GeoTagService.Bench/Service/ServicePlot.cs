using ScottPlot;

namespace GeoTagService.Bench.Service;

/// <summary>Latency against throughput, as a picture.</summary>
public static class ServicePlot
{
    private const string FontName = "plot";
    private static readonly string[] FontDirectories =
    [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ];

    /// <summary>Draws a report.</summary>
    /// <param name="report">The report.</param>
    /// <param name="file">A .png or .svg.</param>
    public static void Save(ServiceReport report, string file)
    {
        using var plot = new Plot();
        Add(plot, report, "closed", "closed loop");
        Add(plot, report, "open", "open loop (Poisson)");
        plot.Title("Answered requests and their latency");
        plot.XLabel("answers a second");
        plot.YLabel("milliseconds");
        plot.ShowLegend();
        // The drawing library finds no fonts by itself where fontconfig is not linked.
        if (Font() is { } font)
        {
            Fonts.AddFontFile(FontName, font);
            plot.Font.Set(FontName);
        }

        if (file.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        {
            plot.SaveSvg(file, 900, 600);
        }
        else
        {
            plot.SavePng(file, 900, 600);
        }
    }

    private static void Add(Plot plot, ServiceReport report, string kind, string label)
    {
        var loads = report.Loads.Where(load => load.Name.StartsWith(kind, StringComparison.Ordinal)).ToList();
        if (loads.Count > 0)
        {
            double[] throughput = [.. loads.Select(load => load.Load.Throughput)];
            plot.Add.Scatter(throughput, loads.Select(load => load.Load.Latency.P50).ToArray()).LegendText = $"{label}, p50";
            plot.Add.Scatter(throughput, loads.Select(load => load.Load.Latency.P99).ToArray()).LegendText = $"{label}, p99";
        }
    }

    private static string? Font() =>
        FontDirectories
            .Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*Sans*.ttf", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault(file =>
                Path.GetFileNameWithoutExtension(file) is "DejaVuSans" or "LiberationSans-Regular" or "NotoSans-Regular"
            );
}
