using System.Diagnostics;
using GeoTagService.Bench.Load;
using GeoTagService.Bench.Parts;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Titles;

namespace GeoTagService.Bench.Service;

/// <summary>
/// The service beside the bare encoders, by turns, so that a disturbance of the machine hits both: throughput at saturation
/// against the best loop over the encoders alone, and a lone request against decoding and encoding the same item here.
/// </summary>
public sealed class OverheadBench(
    IClipEncoder encoder,
    ImagePreprocessor preprocessor,
    ClipTokenizer tokenizer,
    BenchItems items,
    LoadContent content,
    LoadPlan load
)
{
    private const int RunsPerBatch = 3;
    private const int UncountedLoads = 2;

    private readonly Loop? _photos =
        load.Mode == LoadMode.Title
            ? null
            : new([4, 8, 16], (name, count, runs) => EncoderVariants.Photos(name, encoder, items, count, runs));
    private readonly Loop? _titles =
        load.Mode == LoadMode.Photo
            ? null
            : new([8, 16, 32, 64], (name, count, runs) => EncoderVariants.Titles(name, encoder, items, count, runs));
    private readonly float[] _embeddings = new float[encoder.Geometry.EmbeddingDimension];
    private readonly LoadSeries _loads = new(content);

    /// <summary>Runs the rounds, after loads that are not counted: the service is still packing its weights.</summary>
    /// <param name="rounds">Rounds, at least 1.</param>
    /// <param name="loneRequests">Lone requests of a round, at least 1.</param>
    /// <param name="tell">Told of each round when it has ended.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<OverheadReport> RunAsync(
        int rounds,
        int loneRequests,
        Action<OverheadRound> tell,
        CancellationToken cancellationToken
    )
    {
        for (var i = 0; i < UncountedLoads; i++)
        {
            await _loads.RunAsync(load, cancellationToken).ConfigureAwait(false);
        }

        using var client = new HttpClient { BaseAddress = load.Server, Timeout = load.Timeout };
        var measured = new List<OverheadRound>();
        for (var round = 0; round < rounds; round++)
        {
            var (bare, service) = await LoneAsync(client, loneRequests, cancellationToken).ConfigureAwait(false);
            var perItem = await Task.Run(() => BestBare(cancellationToken), cancellationToken).ConfigureAwait(false);
            var report = await _loads.RunAsync(load, cancellationToken).ConfigureAwait(false);
            measured.Add(
                new OverheadRound(
                    1000 / perItem,
                    report.Throughput,
                    bare,
                    service,
                    report.GeneratorProcessorSeconds / (report.Seconds * Environment.ProcessorCount)
                )
            );
            tell(measured[^1]);
        }

        return new OverheadReport(
            Environment.ProcessorCount,
            LoadModeNames.NameOf(load.Mode),
            load.Concurrency,
            MostFrequent(_photos),
            MostFrequent(_titles),
            measured
        );
    }

    /// <summary>Medians of items decoded and encoded here and of the same ones asked for there, by turns.</summary>
    private async Task<(double Bare, double Service)> LoneAsync(HttpClient client, int count, CancellationToken cancellationToken)
    {
        var (bare, service) = (new double[count], new double[count]);
        // The first of each is not counted: the processors come from other work.
        for (var i = -1; i < count; i++)
        {
            var item = _loads.NextItem();
            // Whoever comes second finds the item's bytes in the processors' caches: that takes turns, too.
            double here,
                there;
            if (i % 2 == 0)
            {
                there = await AskAsync(client, item, cancellationToken).ConfigureAwait(false);
                here = await EncodeAsync(item, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                here = await EncodeAsync(item, cancellationToken).ConfigureAwait(false);
                there = await AskAsync(client, item, cancellationToken).ConfigureAwait(false);
            }

            if (i >= 0)
            {
                (bare[i], service[i]) = (here, there);
            }
        }

        return (RoundSpread.Of(bare).Median, RoundSpread.Of(service).Median);
    }

    /// <summary>Milliseconds until the service has answered.</summary>
    private static async Task<double> AskAsync(HttpClient client, LoadItem item, CancellationToken cancellationToken)
    {
        using var form = new MarkedForm(item);
        var start = Stopwatch.GetTimestamp();
        using var answer = await client.PostAsync(new Uri("v1/tags", UriKind.Relative), form, cancellationToken).ConfigureAwait(false);
        var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        answer.EnsureSuccessStatusCode();
        return time;
    }

    /// <summary>Milliseconds until the item is decoded and encoded here.</summary>
    private async Task<double> EncodeAsync(LoadItem item, CancellationToken cancellationToken)
    {
        var tokens = item.Title is null ? default : tokenizer.Encode(item.Title).Ids;
        var start = Stopwatch.GetTimestamp();
        await Task.Run(() => Encode(item.Photo, tokens), cancellationToken).ConfigureAwait(false);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private void Encode(byte[]? photo, ReadOnlyMemory<int> tokens)
    {
        var embedding = _embeddings.AsSpan();
        if (photo is not null)
        {
            using var crop = preprocessor.Prepare(photo, BenchItems.Request).Value!;
            encoder.EncodeImages([crop.Pixels], embedding);
        }

        if (!tokens.IsEmpty)
        {
            encoder.EncodeTitles([tokens], embedding);
        }
    }

    /// <summary>Milliseconds an item of the best loops: batch sizes, on the whole machine and on parts of it at once.</summary>
    private double BestBare(CancellationToken cancellationToken) => Best(_photos, cancellationToken) + Best(_titles, cancellationToken);

    private double Best(Loop? loop, CancellationToken cancellationToken)
    {
        if (loop is null)
        {
            return 0;
        }

        int[] divisions = encoder.Runtime.ConcurrentRuns > 1 ? [1, encoder.Runtime.ConcurrentRuns] : [1];
        var times = Turns.Measure(
            [.. divisions.SelectMany(runs => loop.Batches.Select(count => loop.VariantOf($"{runs} × {count}", count, runs)))],
            RunsPerBatch,
            cancellationToken
        );
        var fastest = times.MinBy(time => time.Median)!;
        loop.Best.Add(fastest.Name);
        return fastest.Median;
    }

    private static string MostFrequent(Loop? loop) =>
        loop is { Best: { Count: > 0 } best } ? best.CountBy(name => name).MaxBy(pair => pair.Value).Key : "";

    /// <summary>Loops over one encoder.</summary>
    /// <param name="Batches">Batch sizes that are tried.</param>
    /// <param name="VariantOf">A loop by its name, batch size and runs at once.</param>
    private sealed record Loop(int[] Batches, Func<string, int, int, Variant> VariantOf)
    {
        /// <summary>The fastest of each round, by name.</summary>
        public List<string> Best { get; } = [];
    }
}
