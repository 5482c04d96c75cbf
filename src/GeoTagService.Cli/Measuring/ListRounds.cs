using System.Diagnostics;
using System.Text.Json.Serialization;
using GeoTagService.Bench.Parts;
using GeoTagService.Bench.Service;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Cli.Measuring;

/// <summary>Runs over lists beside the bare encoder, by turns in one process, so that a disturbance hits all alike.</summary>
/// <param name="session">The model.</param>
/// <param name="material">The lists.</param>
internal sealed class ListRounds(TaggerSession session, ListMaterial material)
{
    private const int RunsPerLoop = 5;
    private static readonly int[] Batches = [4, 8, 16];
    private static readonly TagOptions Options = new() { TitleFrom = TitleFrom.Metadata };

    /// <summary>Measures.</summary>
    /// <param name="inputs">Which of the material's inputs.</param>
    /// <param name="rounds">Rounds that count, at least 1; one before them does not.</param>
    /// <param name="tell">Told of each round.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ListRates> RunAsync(
        IReadOnlyList<(string Name, string Path)> inputs,
        int rounds,
        Action<int, IReadOnlyList<double>> tell,
        CancellationToken cancellationToken
    )
    {
        var encoder = session.Tagger.Model.Encoder;
        using var items = new BenchItems(
            new ImagePreprocessor(new InProcessImageDecoder(), encoder.Geometry.ImageSize),
            session.Tagger.Model.Tokenizer
        );
        int[] divisions = encoder.Runtime.ConcurrentRuns > 1 ? [1, encoder.Runtime.ConcurrentRuns] : [1];
        Variant[] loops =
        [
            .. divisions.SelectMany(runs =>
                Batches.Select(count => EncoderVariants.Photos($"{runs} × {count}", encoder, items, count, runs))
            ),
        ];
        var fastest = Turns.Measure(loops, RunsPerLoop, cancellationToken).MinBy(times => times.Least)!.Name;
        var bare = loops.First(loop => loop.Name == fastest);

        Func<Task>[] ways =
        [
            () => Task.Run(() => Encode(bare, cancellationToken), cancellationToken),
            .. inputs.Select(input => (Func<Task>)(() => TagAsync(input.Path, cancellationToken))),
        ];
        var rates = ways.Select(_ => new List<double>(rounds)).ToArray();
        var processor = ways.Select(_ => new List<double>(rounds)).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            var (now, used) = (new double[ways.Length], new double[ways.Length]);
            for (var turn = 0; turn < ways.Length; turn++)
            {
                // Whoever comes first in one round comes last in the next.
                var way = (Math.Max(round, 0) + turn) % ways.Length;
                var before = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                await ways[way]().ConfigureAwait(false);
                now[way] = material.Names.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
                used[way] = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / material.Names.Count;
            }

            if (round < 0)
            {
                continue;
            }

            for (var way = 0; way < ways.Length; way++)
            {
                rates[way].Add(now[way]);
                processor[way].Add(used[way]);
            }

            tell(round, now);
        }

        return new ListRates(
            Environment.ProcessorCount,
            material.Names.Count,
            fastest,
            new ListRate("bare encoder", rates[0], processor[0]),
            [.. inputs.Select((input, i) => new ListRate(input.Name, rates[i + 1], processor[i + 1]))]
        );
    }

    private void Encode(Variant bare, CancellationToken cancellationToken)
    {
        for (var done = 0; done < material.Names.Count; done += bare.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bare.Run();
        }
    }

    /// <summary>What <c>geotag tag --input</c> does when its model is loaded, output, ledger and all.</summary>
    private async Task TagAsync(string input, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(material.PathOf("output"));
        var manners = new WebManners { Caller = new WebCaller(session.Tagger.Model.Bundle.Digest, null) };
        var content = new ListContent([0.2f, 0.5f], AllProbabilities: false);
        var target = Path.Combine(directory.FullName, "tags.csv");
        var format = ListFormat.Of(target)!;
        var paths = RunPaths.Beside(target, format, errors: null);
        paths.Prepare();
        using var web = new WebFetch(manners, session.Settings.Tagging.MaxImageBytes);
        ListSource Open() => ListInputs.Open([input], ListColumns.Parse([]), null, manners);
        using (var source = Open())
        {
            var photos = web.Over(new FilePhotos(source.PhotoPath, session.Settings.Tagging.MaxImageBytes));
            var tagger = new LocalListTagger(session.Tagger, session.Settings.Tagging, Options, photos);
            using var lease = await RunLease
                .AcquireAsync(paths.Ledger, _ => false, LeaseTimes.Default, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
            var request = new ListRequest
            {
                Paths = paths,
                Format = format,
                Content = content,
                Part = new ListPart(Shard.Whole),
                Options = "",
                IsQuiet = true,
            };
            var end = await new ListRun(
                request,
                new ListEngine(tagger, photos, session.AtOnce),
                Open,
                lease!,
                TextWriter.Null,
                TimeProvider.System
            )
                .RunAsync(source, cancellationToken)
                .ConfigureAwait(false);
            if (end.Done != material.Names.Count)
            {
                throw new CommandFailureException(
                    ExitCode.Environment,
                    $"{input}: {end.Done} of {Counted.Of(material.Names.Count, "photo was", "photos were")} tagged; a rate of those says nothing"
                );
            }
        }

        directory.Delete(recursive: true);
    }
}

/// <summary>Photos a second of each round, by turns.</summary>
/// <param name="Cores">Processors of the machine.</param>
/// <param name="Photos">Photos of each run.</param>
/// <param name="BareLoop">Runs at once × batch size of the best loop over the encoder alone.</param>
/// <param name="Bare">Photos a second of that loop: nothing is read or decoded.</param>
/// <param name="Lists">The runs over lists.</param>
internal sealed record ListRates(int Cores, int Photos, string BareLoop, ListRate Bare, IReadOnlyList<ListRate> Lists)
{
    /// <summary>Share of the bare loop's rate, round by round.</summary>
    public RoundSpread OfBare(ListRate list) => RoundSpread.Of(list.PerSecond.Zip(Bare.PerSecond, (rate, bare) => rate / bare));

    /// <summary>Share of the first list's rate, round by round.</summary>
    public RoundSpread OfFirst(ListRate list) => RoundSpread.Of(list.PerSecond.Zip(Lists[0].PerSecond, (rate, first) => rate / first));
}

/// <summary>Photos a second of a list.</summary>
/// <param name="Name">What it is.</param>
/// <param name="PerSecond">Of each round.</param>
/// <param name="Processor">Milliseconds of processor time a photo, of each round.</param>
internal sealed record ListRate(string Name, IReadOnlyList<double> PerSecond, IReadOnlyList<double> Processor);

/// <summary>How rates become JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ListRates))]
internal sealed partial class ListRatesJson : JsonSerializerContext;
