using GeoTagService.Core;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Onnx;

/// <summary>Which of a bundle's files run.</summary>
internal static class EncoderChoice
{
    /// <summary>Chooses one file for each tower, both of the same precision.</summary>
    /// <exception cref="BundleException">The bundle lacks the precision.</exception>
    public static (BundleEncoder Vision, BundleEncoder Text) Choose(
        BundleManifest manifest,
        PrecisionChoice precision,
        ProviderTraits provider
    )
    {
        IReadOnlyList<string> wanted = precision switch
        {
            PrecisionChoice.Fp32 => ["fp32"],
            PrecisionChoice.Fp16 => ["fp16"],
            PrecisionChoice.Int8 => ["int8"],
            _ => provider.Precisions,
        };
        foreach (var name in wanted)
        {
            if (Find(manifest, EncoderTower.Vision, name) is { } vision && Find(manifest, EncoderTower.Text, name) is { } text)
            {
                return (vision, text);
            }
        }

        var held = manifest.Encoders.Select(encoder => encoder.Precision).Distinct(StringComparer.Ordinal);
        throw new BundleException(
            $"{BundleManifest.FileName}: the bundle has no {string.Join(" or ", wanted)} encoders for both towers; it has "
                + string.Join(", ", held)
        );
    }

    /// <summary>ONNX Runtime's fused operators where the bundle has them, else standard ones.</summary>
    private static BundleEncoder? Find(BundleManifest manifest, EncoderTower tower, string precision) =>
        manifest
            .Encoders.Where(encoder => encoder.Tower == tower && string.Equals(encoder.Precision, precision, StringComparison.Ordinal))
            .OrderByDescending(encoder => string.Equals(encoder.Graph, "fused", StringComparison.Ordinal))
            .FirstOrDefault();
}
