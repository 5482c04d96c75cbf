using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Onnx;

namespace GeoTagService.Cli.Bench.Parts;

/// <summary>The bare encoder: batch sizes and runs at once, for photos and titles.</summary>
internal static class EncoderBench
{
    private static readonly int[] PhotoBatches = [1, 2, 4, 8, 16, 32];
    private static readonly int[] TitleBatches = [1, 8, 32, 64];

    /// <summary>Times them all in turns.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="settings">The engine's settings; runs at once are varied.</param>
    /// <param name="rounds">Runs of each variant.</param>
    /// <param name="cancellationToken">Ends it between two runs.</param>
    public static IReadOnlyList<VariantTimes> Run(
        Bundle bundle, OnnxEncoderOptions settings, int rounds, CancellationToken cancellationToken)
    {
        using var model = LoadedModel.Load(bundle, EncoderVariants.Engine(settings));
        using var items = new BenchItems(new(new Core.Photos.Decoding.SkiaImageDecoder(), model.Encoder.Geometry.ImageSize), model.Tokenizer);
        var threads = model.Encoder.Runtime.IntraOpThreads;
        var variants = new List<Variant>();
        variants.AddRange(PhotoBatches.Select(count => EncoderVariants.Photos($"photos, {threads} threads, batch {count}", model.Encoder, items, count)));
        variants.AddRange(TitleBatches.Select(count => EncoderVariants.Titles($"titles, {threads} threads, batch {count}", model.Encoder, items, count)));
        var runs = model.Encoder.Runtime.ConcurrentRuns;
        if (runs > 1)
        {
            variants.AddRange(PhotoBatches.Select(count => EncoderVariants.Photos($"photos, {runs} runs at once, batch {count} each", model.Encoder, items, count, runs)));
            variants.AddRange(TitleBatches.Select(count => EncoderVariants.Titles($"titles, {runs} runs at once, batch {count} each", model.Encoder, items, count, runs)));
        }

        return Turns.Measure(variants, rounds, cancellationToken);
    }
}
