using System.Diagnostics;
using System.Globalization;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Benchmarks;

/// <summary>
/// What the engine's defaults rest on: batch size, threads, spinning, arena, one run at a time or two, and what a title
/// run costs beside its tokens. All variants take turns, so that a disturbance hits all of them alike; read ratios.
/// </summary>
internal static class EnginePlan
{
    private const int TypicalTitle = 8;

    public static void Run(string bundleDirectory, int rounds, string[] sections, TextWriter output)
    {
        var bundle = BundleReader.OpenDirectory(bundleDirectory);
        var cores = Environment.ProcessorCount;
        if (sections.Contains("batch"))
        {
            using var encoder = Load(bundle, cores);
            Compare(
                "photos, milliseconds each",
                rounds,
                output,
                [.. new[] { 1, 2, 4, 8, 16, 32 }.Select(n => Photos($"batch {n}", encoder, n))]
            );
            Compare(
                "titles of 8 tokens, milliseconds each",
                rounds,
                output,
                [
                    .. new[] { 1, 4, 16, 32, 64 }.Select(n => Titles($"batch {n}", encoder, n, TypicalTitle)),
                    Titles("batch 16, 77 tokens", encoder, 16, 77),
                ]
            );
            Compare(
                "one title run, milliseconds",
                rounds,
                output,
                [.. new[] { 2, 8, 16, 24, 40, 77 }.Select(length => Titles($"{length} tokens", encoder, 1, length))]
            );
        }

        if (sections.Contains("cost"))
        {
            // One thread and processor time: what remains true on a machine that others use, too.
            using var encoder = Load(bundle, 1, spinning: false);
            Compare(
                "photos, milliseconds each, 1 thread",
                rounds,
                output,
                [.. new[] { 1, 2, 4, 8, 16 }.Select(n => Photos($"batch {n}", encoder, n))]
            );
            Compare(
                "titles of 8 tokens, milliseconds each, 1 thread",
                rounds,
                output,
                [.. new[] { 1, 4, 16, 32, 64 }.Select(n => Titles($"batch {n}", encoder, n, TypicalTitle))]
            );
            Compare(
                "titles of 77 tokens, milliseconds each, 1 thread",
                rounds,
                output,
                [.. new[] { 1, 4, 16 }.Select(n => Titles($"batch {n}", encoder, n, 77))]
            );
            Compare(
                "one title run, milliseconds, 1 thread",
                rounds,
                output,
                [.. new[] { 2, 8, 16, 24, 40, 77 }.Select(length => Titles($"{length} tokens", encoder, 1, length))]
            );
        }

        if (sections.Contains("threads"))
        {
            using var all = Load(bundle, cores);
            using var quiet = Load(bundle, cores, spinning: false);
            using var noArena = Load(bundle, cores, arena: false);
            using var one = Load(bundle, 1);
            using var other = Load(bundle, 1);
            Compare(
                "photos, milliseconds each, batch 8",
                rounds,
                output,
                [
                    Photos($"{cores} threads", all, 8),
                    Photos($"{cores} threads, no spinning", quiet, 8),
                    Photos($"{cores} threads, no arena", noArena, 8),
                    Photos("1 thread", one, 8),
                    new Variant("2 sessions of 1 thread", 16, () => Parallel.Invoke(Encode(one, 8), Encode(other, 8))),
                ]
            );
        }

        if (sections.Contains("lanes"))
        {
            using var encoder = Load(bundle, cores);
            using var quiet = Load(bundle, cores, spinning: false);
            Compare(
                "8 photos and 32 titles, milliseconds",
                rounds,
                output,
                [
                    Lanes("one after the other", encoder, together: false),
                    Lanes("both at once", encoder, together: true),
                    Lanes("one after the other, no spinning", quiet, together: false),
                    Lanes("both at once, no spinning", quiet, together: true),
                ]
            );
        }
    }

    private static OnnxClipEncoder Load(Bundle bundle, int threads, bool spinning = true, bool arena = true) =>
        (OnnxClipEncoder)
            new OnnxClipEngine(
                new OnnxEncoderOptions
                {
                    Accelerator = AcceleratorChoice.Cpu,
                    IntraOpThreads = threads,
                    Spinning = spinning,
                    MemoryArena = arena,
                },
                NullLogger<OnnxClipEngine>.Instance
            ).LoadEncoder(bundle);

    private static Variant Photos(string name, IClipEncoder encoder, int count) => new(name, count, Encode(encoder, count));

    private static Variant Titles(string name, IClipEncoder encoder, int count, int length) =>
        new(name, count, EncodeTitles(encoder, count, length));

    private static Variant Lanes(string name, IClipEncoder encoder, bool together)
    {
        var photos = Encode(encoder, 8);
        var titles = EncodeTitles(encoder, 32, TypicalTitle);
        return new Variant(
            name,
            1,
            () =>
            {
                if (together)
                {
                    Parallel.Invoke(photos, titles);
                }
                else
                {
                    photos();
                    titles();
                }
            }
        );
    }

    private static Action Encode(IClipEncoder encoder, int count)
    {
        var size = encoder.Geometry.ImageSize;
        var crops = Enumerable
            .Range(0, count)
            .Select(seed =>
            {
                var crop = new byte[size * size * 3];
                new Random(seed).NextBytes(crop);
                return (ReadOnlyMemory<byte>)crop;
            })
            .ToArray();
        var embeddings = new float[count * encoder.Geometry.EmbeddingDimension];
        return () => encoder.EncodeImages(crops, embeddings);
    }

    private static Action EncodeTitles(IClipEncoder encoder, int count, int length)
    {
        var vocabulary = encoder.Geometry.VocabularySize;
        var titles = Enumerable
            .Range(0, count)
            .Select(seed =>
            {
                var random = new Random(seed);
                var ids = new int[length];
                for (var i = 1; i < length - 1; i++)
                {
                    ids[i] = random.Next(vocabulary - 2);
                }

                (ids[0], ids[^1]) = (vocabulary - 2, vocabulary - 1);
                return (ReadOnlyMemory<int>)ids;
            })
            .ToArray();
        var embeddings = new float[count * encoder.Geometry.EmbeddingDimension];
        return () => encoder.EncodeTitles(titles, embeddings);
    }

    private static void Compare(string title, int rounds, TextWriter output, Variant[] variants)
    {
        foreach (var variant in variants)
        {
            variant.Run();
        }

        var times = variants.Select(_ => new List<double>()).ToArray();
        var processorTimes = variants.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < variants.Length; i++)
            {
                var processor = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                variants[i].Run();
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / variants[i].Items);
                processorTimes[i].Add((Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / variants[i].Items);
            }
        }

        output.WriteLine(
            $"{title} ({rounds} rounds in turns: median, quartiles, least, ratio of medians to the first; processor time: median, least)"
        );
        for (var i = 0; i < variants.Length; i++)
        {
            times[i].Sort();
            processorTimes[i].Sort();
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {variants[i].Name, -36} {At(times[i], 0.5), 8:0.00} [{At(times[i], 0.25):0.00} .. {At(times[i], 0.75):0.00}] {times[i][0], 8:0.00}   × {At(times[i], 0.5) / At(times[0], 0.5):0.000}   processor {At(processorTimes[i], 0.5):0.00} ({processorTimes[i][0]:0.00})"
                )
            );
        }
    }

    private static double At(List<double> sorted, double quantile) => sorted[(int)(quantile * (sorted.Count - 1))];

    private sealed record Variant(string Name, int Items, Action Run);
}
