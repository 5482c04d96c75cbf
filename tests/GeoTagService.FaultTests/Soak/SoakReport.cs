using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using GeoTagService.FaultTests.Gateway;

namespace GeoTagService.FaultTests.Soak;

/// <summary>What a soak saw: moments of kills and restarts, memory of the replicas, and from the answers a table and a plot.</summary>
/// <param name="began">When the traffic began.</param>
/// <param name="capacity">Requests a second that were answered at most.</param>
/// <param name="rate">Requests a second that were sent.</param>
internal sealed class SoakReport(long began, double capacity, double rate)
{
    private const int Bins = 120;

    private readonly ConcurrentQueue<(long From, long To)> _kills = new();
    private readonly ConcurrentQueue<long> _restarts = new();
    private readonly ConcurrentQueue<(long At, double[] Megabytes)> _memory = new();

    /// <summary>A replica was killed.</summary>
    public void Killed(long from, long to) => _kills.Enqueue((from, to));

    /// <summary>All replicas are about to be restarted in turn.</summary>
    public void RestartBegins() => _restarts.Enqueue(Stopwatch.GetTimestamp());

    /// <summary>Whether a killed replica may have had a request in hand.</summary>
    public bool WasInHand(SoakAnswer answer) => _kills.Any(kill => answer.Began < kill.To && answer.Ended > kill.From);

    /// <summary>Looks at the replicas' memory until told.</summary>
    public async Task WatchAsync(TwoReplicas both, TimeSpan pause, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            _memory.Enqueue((Stopwatch.GetTimestamp(), [.. both.Replicas.Select(Resident)]));
            await Task.Delay(pause, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Writes <c>soak.md</c> and <c>soak.svg</c>.</summary>
    public async Task WriteAsync(string directory, IReadOnlyList<SoakAnswer> answers)
    {
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "soak.md"), Table(answers), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(directory, "soak.svg"), Plot(answers), CancellationToken.None);
    }

    private static double Resident(ServiceProcess replica)
    {
        try
        {
            using var process = Process.GetProcessById(replica.Process.Id);
            return process.WorkingSet64 / 1e6;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return double.NaN;
        }
    }

    private string Table(IReadOnlyList<SoakAnswer> answers)
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(began).TotalMinutes:0.0} minutes, {answers.Count} requests; {rate:0.0} a second sent, {capacity:0.0} a second at most when closed; {_kills.Count} kills, {_restarts.Count} rolling restarts. Wrong answers: {answers.Count(answer => answer.IsWrong)}. Lost outside a kill: {answers.Count(answer => answer.IsLost && !WasInHand(answer))}; in hand at a kill: {answers.Count(answer => answer.IsLost && WasInHand(answer))}."
        );
        text.AppendLine()
            .AppendLine("| kind | requests | results | p50 ms | p95 ms | p99 ms |")
            .AppendLine("| --- | --- | --- | --- | --- | --- |");
        foreach (var kind in answers.GroupBy(answer => answer.Kind).OrderByDescending(kind => kind.Count()))
        {
            var times = kind.Where(answer => answer.Result == "200").Select(answer => answer.Milliseconds).Order().ToList();
            var results = string.Join(
                ", ",
                kind.CountBy(answer => answer.Result).OrderByDescending(one => one.Value).Select(one => $"{one.Key}: {one.Value}")
            );
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {kind.Key} | {kind.Count()} | {results} | {At(times, 0.5)} | {At(times, 0.95)} | {At(times, 0.99)} |"
            );
        }

        var memory = _memory.SelectMany(sample => sample.Megabytes).Where(double.IsFinite).ToList();
        text.AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"Resident memory of a replica: {memory.Min():0} to {memory.Max():0} MB.");
        return text.ToString();
    }

    private static string At(List<double> sorted, double share) =>
        sorted.Count == 0 ? "" : sorted[(int)Math.Ceiling(share * sorted.Count) - 1].ToString("0", CultureInfo.InvariantCulture);

    /// <summary>Three strips over time: requests a second by result, p50 and p99 of ordinary photos, memory.</summary>
    private string Plot(IReadOnlyList<SoakAnswer> answers)
    {
        var end = answers.Max(answer => answer.Ended);
        var bin = (end - began) / (double)Bins;
        var bins = Enumerable.Range(0, Bins).Select(_ => new List<SoakAnswer>()).ToList();
        foreach (var answer in answers)
        {
            bins[Math.Clamp((int)((answer.Ended - began) / bin), 0, Bins - 1)].Add(answer);
        }

        var seconds = bin / Stopwatch.Frequency;
        var svg = new StringBuilder();
        svg.AppendLine("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 560\" font-family=\"sans-serif\" font-size=\"12\">");
        svg.AppendLine("<rect width=\"900\" height=\"560\" fill=\"white\"/>");
        foreach (var (from, _) in _kills)
        {
            Mark(svg, X(from, end), "#c0392b");
        }

        foreach (var restart in _restarts)
        {
            Mark(svg, X(restart, end), "#2980b9");
        }

        Strip(
            svg,
            20,
            "requests a second: answered (black), refused for want of room (orange)",
            ("black", [.. bins.Select(one => one.Count(answer => !answer.IsRefusal && !answer.IsLost) / seconds)]),
            ("darkorange", [.. bins.Select(one => one.Count(answer => answer.IsRefusal) / seconds)])
        );
        var photos = bins.ConvertAll(one =>
            one.Where(answer => answer is { Kind: "photo and title", Result: "200" }).Select(answer => answer.Milliseconds).Order().ToList()
        );
        Strip(
            svg,
            200,
            "photo and title, ms: median (black), p99 (orange)",
            ("black", [.. photos.Select(one => Quantile(one, 0.5))]),
            ("darkorange", [.. photos.Select(one => Quantile(one, 0.99))])
        );
        var samples = _memory.ToList();
        Strip(
            svg,
            380,
            "resident memory of each replica, MB",
            ("black", [.. samples.Select(one => one.Megabytes[0])]),
            ("darkorange", [.. samples.Select(one => one.Megabytes[1])])
        );
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"<text x=\"60\" y=\"552\">{Stopwatch.GetElapsedTime(began, end).TotalMinutes:0} minutes; red: a replica killed; blue: all restarted in turn</text>"
        );
        return svg.AppendLine("</svg>").ToString();
    }

    private double X(long at, long end) => 60 + (820.0 * (at - began) / (end - began));

    private static double Quantile(List<double> sorted, double share) =>
        sorted.Count == 0 ? double.NaN : sorted[(int)Math.Ceiling(share * sorted.Count) - 1];

    private static void Mark(StringBuilder svg, double x, string colour) =>
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{x:0.0}\" x2=\"{x:0.0}\" y1=\"30\" y2=\"530\" stroke=\"{colour}\" stroke-opacity=\"0.5\"/>"
        );

    private static void Strip(StringBuilder svg, int top, string title, params (string Colour, double[] Values)[] lines)
    {
        const int Height = 140;
        var highest = lines.SelectMany(line => line.Values).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"<text x=\"60\" y=\"{top}\">{title}</text><text x=\"55\" y=\"{top + 16}\" text-anchor=\"end\">{highest:0}</text><text x=\"55\" y=\"{top + Height + 8}\" text-anchor=\"end\">0</text>"
        );
        svg.AppendLine(
            CultureInfo.InvariantCulture,
            $"<line x1=\"60\" x2=\"880\" y1=\"{top + 8 + Height}\" y2=\"{top + 8 + Height}\" stroke=\"gray\"/>"
        );
        foreach (var (colour, values) in lines)
        {
            var points = values
                .Index()
                .Where(point => double.IsFinite(point.Item))
                .Select(point =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{60 + (820.0 * point.Index / Math.Max(1, values.Length - 1)):0.0},{top + 8 + Height - (Height * point.Item / Math.Max(highest, 1e-9)):0.0}"
                    )
                );
            svg.AppendLine(
                CultureInfo.InvariantCulture,
                $"<polyline fill=\"none\" stroke=\"{colour}\" points=\"{string.Join(' ', points)}\"/>"
            );
        }
    }
}
