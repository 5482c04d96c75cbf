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

    public static async Task RunAsync(string folder, int rounds, TextWriter output)
    {
        var photos = Directory.GetFiles(folder, "*.jpg").Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        await using var standalone = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            new OnnxClipEngine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }, NullLogger<OnnxClipEngine>.Instance)
        );
        var tagger = standalone.Tagger;
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), tagger.Model.Encoder.Geometry.ImageSize);

        await TagAllAsync(tagger, photos);
        var (tagging, preparing) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            tagging.Add(await RateAsync(photos.Length, () => TagAllAsync(tagger, photos)));
            preparing.Add(await RateAsync(photos.Length, () => PrepareAllAsync(preprocessor, photos)));
        }

        Print(output, "tagged, photos/s", tagging);
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
