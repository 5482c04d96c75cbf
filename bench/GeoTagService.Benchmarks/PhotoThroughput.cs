using System.Diagnostics;
using System.Globalization;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Tagging;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Benchmarks;

/// <summary>
/// Photos a second through the whole way but HTTP, with the embedded bundle: a folder of distinct photos, several callers,
/// no cache; and what decoding and resizing take of it.
/// </summary>
internal static class PhotoThroughput
{
    private const int Callers = 16;

    /// <param name="folder">The photos, *.jpg.</param>
    /// <param name="rounds">How often each bundle tags all of them, by turns.</param>
    /// <param name="bundles">Directories of bundles; none: the embedded one.</param>
    /// <param name="output">Where the rates go.</param>
    public static async Task RunAsync(string folder, int rounds, IReadOnlyList<string> bundles, TextWriter output)
    {
        var photos = Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var taggers = new List<StandaloneTagger>();
        try
        {
            foreach (var bundle in bundles.Count == 0 ? [BundleReader.OpenEmbedded()] : bundles.Select(BundleReader.OpenDirectory))
            {
                taggers.Add(
                    await TaggerFactory.CreateAsync(
                        bundle,
                        new OnnxClipEngine(
                            new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu },
                            NullLogger<OnnxClipEngine>.Instance
                        )
                    )
                );
                await TagAllAsync(taggers[^1].Tagger, photos);
            }

            await RunAsync(photos, rounds, taggers, bundles, output);
        }
        finally
        {
            foreach (var tagger in taggers)
            {
                await tagger.DisposeAsync();
            }
        }
    }

    private static async Task RunAsync(
        byte[][] photos,
        int rounds,
        List<StandaloneTagger> taggers,
        IReadOnlyList<string> bundles,
        TextWriter output
    )
    {
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), taggers[0].Tagger.Model.Encoder.Geometry.ImageSize);
        var tagging = taggers.Select(_ => new List<double>()).ToArray();
        var preparing = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < taggers.Count; i++)
            {
                tagging[i].Add(await RateAsync(photos.Length, () => TagAllAsync(taggers[i].Tagger, photos)));
            }

            preparing.Add(await RateAsync(photos.Length, () => PrepareAllAsync(preprocessor, photos)));
        }

        for (var i = 0; i < taggers.Count; i++)
        {
            Print(output, $"tagged{(bundles.Count == 0 ? string.Empty : $" by {bundles[i]}")}, photos/s", tagging[i]);
        }

        Print(output, "decoded, resized and cropped alone, photos/s", preparing);
    }

    private static Task TagAllAsync(PhotoTagger tagger, byte[][] photos) =>
        Parallel.ForEachAsync(
            photos,
            new ParallelOptions { MaxDegreeOfParallelism = Callers },
            async (photo, cancellation) =>
            {
                var outcome = await tagger.TagAsync(new TagInput { Image = photo }, cancellation);
                if (!outcome.IsSuccess)
                {
                    throw new InvalidOperationException(outcome.Error.Detail);
                }
            }
        );

    private static Task PrepareAllAsync(ImagePreprocessor preprocessor, byte[][] photos) =>
        Parallel.ForEachAsync(
            photos,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (photo, token) =>
            {
                var outcome = preprocessor.Prepare(photo, new ImageDecodeRequest(MaxPixels: 1_000_000, ApplyOrientation: true), token);
                using var crop = outcome.IsSuccess ? outcome.Value : throw new InvalidOperationException(outcome.Error.Detail);
                return ValueTask.CompletedTask;
            }
        );

    private static async Task<double> RateAsync(int photos, Func<Task> run)
    {
        var start = Stopwatch.GetTimestamp();
        await run();
        return photos / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void Print(TextWriter output, string what, List<double> rates)
    {
        rates.Sort();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: median {rates[rates.Count / 2]:F0}, {rates[0]:F0} to {rates[^1]:F0}, {rates.Count} rounds"
            )
        );
    }
}
