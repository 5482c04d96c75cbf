using GeoTagService.Core.Bundles;
using GeoTagService.Core.Photos;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Bundles;

/// <summary>A synthetic photo and title, and what weights make of them in double precision. Computed once, every precision
/// of a bundle is compared with it.</summary>
public sealed class SelfCheckReference
{
    private const int LongestTitle = 12;

    private SelfCheckReference(byte[] crop, int[] title, double[]? photoEmbedding, double[] titleEmbedding)
    {
        (Crop, Title, PhotoEmbedding, TitleEmbedding) = (crop, title, photoEmbedding, titleEmbedding);
    }

    /// <summary>The photo: size × size × 3 bytes, RGB.</summary>
    public ReadOnlyMemory<byte> Crop { get; }

    /// <summary>The title's token ids, with start and end token.</summary>
    public ReadOnlyMemory<int> Title { get; }

    /// <summary>Raw projection of the photo; null where the bundle's photo tower is not CLIP's alone.</summary>
    public IReadOnlyList<double>? PhotoEmbedding { get; }

    /// <summary>Raw projection of the title.</summary>
    public IReadOnlyList<double> TitleEmbedding { get; }

    /// <summary>Evaluates the weights; takes a second or two for ViT-B/32.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="manifest">Preprocessing and special tokens of the bundle made from them.</param>
    public static SelfCheckReference Compute(IClipWeights weights, BundleManifest manifest)
    {
        var crop = SyntheticCrop(weights.Geometry.Vision.ImageSize);
        var pixels = new float[crop.Length];
        ImageNormalizer.Normalize(crop, [.. manifest.Preprocessing.Mean], [.. manifest.Preprocessing.Std], pixels);
        var title = SyntheticTitle(weights.Geometry.Text.ContextLength, manifest.Vocabulary);
        var clip = new ReferenceClip(weights);
        double[]? photoEmbedding = null;
        double[] titleEmbedding = [];
        var isJoined = manifest.Encoders.Any(encoder => encoder.Graph == BundleEncoder.JoinedGraph);
        Parallel.Invoke(
            () => photoEmbedding = isJoined ? null : clip.EncodeImage(pixels),
            () => titleEmbedding = clip.EncodeTitle(title, manifest.Vocabulary.EndToken)
        );
        return new SelfCheckReference(crop, title, photoEmbedding, titleEmbedding);
    }

    /// <summary>Gradients and a pattern: every patch differs from every other.</summary>
    private static byte[] SyntheticCrop(int size)
    {
        var crop = new byte[size * size * 3];
        for (var i = 0; i < crop.Length; i++)
        {
            var (channel, x, y) = (i % 3, i / 3 % size, i / 3 / size);
            crop[i] = (byte)((((x * 3) + (y * 5 * (channel + 1))) / 4) ^ (x * y / 7));
        }

        return crop;
    }

    private static int[] SyntheticTitle(int contextLength, BundleVocabulary vocabulary)
    {
        var ids = new int[Math.Min(LongestTitle, contextLength)];
        ids[0] = vocabulary.StartToken;
        for (var i = 1; i < ids.Length - 1; i++)
        {
            ids[i] = (int)(i * 7919L % vocabulary.StartToken);
        }

        ids[^1] = vocabulary.EndToken;
        return ids;
    }
}
