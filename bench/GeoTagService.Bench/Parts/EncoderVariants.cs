using GeoTagService.Core.Batching;
using GeoTagService.Core.Encoders;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Bench.Parts;

/// <summary>The bare encoder as something to be timed.</summary>
public static class EncoderVariants
{
    /// <summary>An engine as the settings have it, its weights packed before the first run.</summary>
    public static OnnxClipEngine Engine(OnnxEncoderOptions settings) =>
        new(settings with { PackWeights = WeightPacking.AtLoad }, NullLogger<OnnxClipEngine>.Instance);

    /// <summary>Runs of so many photos, one alone or several at once.</summary>
    public static Variant Photos(string name, IClipEncoder encoder, BenchItems items, int count, int runs = 1)
    {
        var crops = items.Crops(count);
        return AtOnce(name, encoder, count, runs, (embeddings, share) => encoder.EncodeImages(crops, embeddings, share));
    }

    /// <summary>Runs of so many titles, one alone or several at once.</summary>
    public static Variant Titles(string name, IClipEncoder encoder, BenchItems items, int count, int runs = 1)
    {
        var tokens = items.TokensOf(count);
        return AtOnce(name, encoder, count, runs, (embeddings, share) => encoder.EncodeTitles(tokens, embeddings, share));
    }

    private static Variant AtOnce(string name, IClipEncoder encoder, int count, int runs, Action<float[], MachineShare> run)
    {
        var share = runs == 1 ? MachineShare.Whole : MachineShare.Part;
        Action[] all =
        [
            .. Enumerable
                .Range(0, runs)
                .Select(_ =>
                {
                    var embeddings = new float[count * encoder.Geometry.EmbeddingDimension];
                    return (Action)(() => run(embeddings, share));
                }),
        ];
        return new Variant(name, count * runs, runs == 1 ? all[0] : () => Parallel.Invoke(all));
    }
}
