using System.Globalization;

namespace GeoTagService.Bench.Service;

/// <summary>What a service says of itself at <c>/metrics</c>, at one moment.</summary>
internal sealed class ServiceReadings
{
    private readonly Dictionary<string, double> _series;

    private ServiceReadings(Dictionary<string, double> series) => _series = series;

    /// <summary>Bytes allocated since the start.</summary>
    public double AllocatedBytes => Sum("dotnet_gc_heap_total_allocated_bytes_total");

    /// <summary>Seconds that collections stopped the process since its start.</summary>
    public double PauseSeconds => Sum("dotnet_gc_pause_time_seconds_total");

    /// <summary>Collections since the start, of all generations.</summary>
    public double Collections => Sum("dotnet_gc_collections_total");

    /// <summary>Processor seconds since the start.</summary>
    public double ProcessorSeconds => Sum("dotnet_process_cpu_time_seconds_total");

    /// <summary>Reads the exposition format.</summary>
    public static ServiceReadings Parse(string text)
    {
        var series = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            // NAME{LABELS} VALUE [TIMESTAMP]
            var nameEnd = line.LastIndexOf('}') is var brace and >= 0 ? brace + 1 : line.IndexOf(' ', StringComparison.Ordinal);
            if (
                nameEnd > 0
                && line[0] != '#'
                && double.TryParse(line[nameEnd..].Trim().Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            )
            {
                series[line[..nameEnd]] = value;
            }
        }

        return new ServiceReadings(series);
    }

    /// <summary>Asks a service; null where it shows no metrics.</summary>
    public static async Task<ServiceReadings?> ReadAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var answer = await client.GetAsync(new Uri("metrics", UriKind.Relative), cancellationToken).ConfigureAwait(false);
        return answer.IsSuccessStatusCode ? Parse(await answer.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false)) : null;
    }

    /// <summary>Runs of a lane since an earlier reading, by the bucket of their size (<c>le</c>).</summary>
    public IReadOnlyDictionary<string, long> BatchesSince(ServiceReadings earlier, string lane)
    {
        var batches = new Dictionary<string, long>();
        var below = 0.0;
        foreach (
            var (bound, key) in _series
                .Keys.Where(key =>
                    key.StartsWith("geotag_batch_size", StringComparison.Ordinal)
                    && key.Contains("_bucket{", StringComparison.Ordinal)
                    && key.Contains($"lane=\"{lane}\"", StringComparison.Ordinal)
                )
                .Select(key => (Bound: BoundOf(key), Key: key))
                .OrderBy(bucket =>
                    bucket.Bound is "+Inf"
                        ? double.PositiveInfinity
                        : double.Parse(bucket.Bound, NumberStyles.Float, CultureInfo.InvariantCulture)
                )
        )
        {
            var upTo = _series[key] - earlier._series.GetValueOrDefault(key);
            if (upTo > below)
            {
                batches[bound] = (long)(upTo - below);
            }

            below = upTo;
        }

        return batches;
    }

    private static string BoundOf(string key)
    {
        const string Label = "le=\"";
        var begin = key.IndexOf(Label, StringComparison.Ordinal) + Label.Length;
        return key[begin..key.IndexOf('"', begin)];
    }

    private double Sum(string name) =>
        _series
            .Where(pair =>
                pair.Key.StartsWith(name, StringComparison.Ordinal) && (pair.Key.Length == name.Length || pair.Key[name.Length] == '{')
            )
            .Sum(pair => pair.Value);
}
