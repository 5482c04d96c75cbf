using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Onnx;

namespace GeoTagService.Bench.Parts;

/// <summary>The bare encoder: batch sizes and runs at once, for photos and titles.</summary>
public static class EncoderBench
{
    private static readonly int[] CpuPhotos = [1, 2, 4, 8, 16, 32];
    private static readonly int[] CpuTitles = [1, 8, 32, 64];
    private static readonly int[] CardPhotos = [1, 2, 4, 8, 16, 32, 64, 128];
    private static readonly int[] CardTitles = [1, 8, 32, 64, 128, 256];

    /// <summary>Times them all in turns.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="settings">The engine's settings; runs at once are varied.</param>
    /// <param name="rounds">Runs of each variant.</param>
    /// <param name="cancellationToken">Ends it between two runs.</param>
    public static IReadOnlyList<VariantTimes> Run(
        Bundle bundle,
        OnnxEncoderOptions settings,
        int rounds,
        CancellationToken cancellationToken
    )
    {
        using var model = LoadedModel.Load(bundle, EncoderVariants.Engine(settings));
        using var items = new BenchItems(
            new(new Core.Photos.Decoding.InProcessImageDecoder(), model.Encoder.Geometry.ImageSize),
            model.Tokenizer
        );
        var runtime = model.Encoder.Runtime;
        var (photos, titles) = runtime.UsesCores ? (CpuPhotos, CpuTitles) : (CardPhotos, CardTitles);
        var with = runtime.UsesCores ? $"{runtime.IntraOpThreads} threads" : $"{runtime.ExecutionProvider} {runtime.Precision}";
        var variants = new List<Variant>();
        variants.AddRange(photos.Select(count => EncoderVariants.Photos($"photos, {with}, batch {count}", model.Encoder, items, count)));
        variants.AddRange(titles.Select(count => EncoderVariants.Titles($"titles, {with}, batch {count}", model.Encoder, items, count)));
        var runs = runtime.ConcurrentRuns;
        if (runs > 1)
        {
            variants.AddRange(
                photos.Select(count =>
                    EncoderVariants.Photos($"photos, {runs} runs at once, batch {count} each", model.Encoder, items, count, runs)
                )
            );
            variants.AddRange(
                titles.Select(count =>
                    EncoderVariants.Titles($"titles, {runs} runs at once, batch {count} each", model.Encoder, items, count, runs)
                )
            );
        }

        return Turns.Measure(variants, rounds, cancellationToken);
    }
}
