using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Onnx;

namespace GeoTagService.Cli.Bench.Parts;

/// <summary>The bare encoder: batch sizes, threads, sessions, for photos and titles.</summary>
internal static class EncoderBench
{
    private static readonly int[] PhotoBatches = [1, 2, 4, 8, 16, 32];
    private static readonly int[] TitleBatches = [1, 8, 32, 64];

    /// <summary>Times them all in turns.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="settings">The engine's settings; threads are varied.</param>
    /// <param name="rounds">Runs of each variant.</param>
    /// <param name="cancellationToken">Ends it between two runs.</param>
    public static IReadOnlyList<VariantTimes> Run(
        Bundle bundle, OnnxEncoderOptions settings, int rounds, CancellationToken cancellationToken)
    {
        using var model = LoadedModel.Load(bundle, EncoderVariants.Engine(settings, settings.IntraOpThreads));
        using var items = new BenchItems(new(new Core.Images.SkiaImageDecoder(), model.Encoder.Geometry.ImageSize), model.Tokenizer);
        var threads = model.Encoder.Runtime.IntraOpThreads;
        var variants = new List<Variant>();
        variants.AddRange(PhotoBatches.Select(count => EncoderVariants.Photos($"photos, {threads} threads, batch {count}", model.Encoder, items, count)));
        variants.AddRange(TitleBatches.Select(count => EncoderVariants.Titles($"titles, {threads} threads, batch {count}", model.Encoder, items, count)));
        var others = new List<IClipEncoder>();
        try
        {
            if (threads > 1)
            {
                others.Add(EncoderVariants.Engine(settings, 1).LoadEncoder(bundle));
                others.Add(EncoderVariants.Engine(settings, 1).LoadEncoder(bundle));
                variants.Add(EncoderVariants.Photos("photos, 1 thread, batch 8", others[0], items, 8));
                var (left, right) = (EncoderVariants.Photos("", others[0], items, 8).Run, EncoderVariants.Photos("", others[1], items, 8).Run);
                variants.Add(new Variant("photos, 2 sessions of 1 thread, batch 8 each", 16, () => Parallel.Invoke(left, right)));
            }

            return Turns.Measure(variants, rounds, cancellationToken);
        }
        finally
        {
            others.ForEach(encoder => (encoder as IDisposable)?.Dispose());
        }
    }
}
