using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Onnx;

namespace GeoTagService.Training.Scoring;

/// <summary>What the location encoder of a bundle says of places, and which encoder that is. Disposing frees it.</summary>
public sealed class BundlePlaces : IDisposable
{
    private readonly OnnxLocationEncoder _encoder;

    private BundlePlaces(OnnxLocationEncoder encoder, PlacePrior prior, string digest, string? leftOut)
    {
        _encoder = encoder;
        Prior = prior;
        Digest = digest;
        LeftOut = leftOut;
    }

    /// <summary>Log-odds of tags at places.</summary>
    public PlacePrior Prior { get; }

    /// <summary>SHA-256 of the encoder's file.</summary>
    public string Digest { get; }

    /// <summary>Squares that it did not learn from, in words, or null.</summary>
    public string? LeftOut { get; }

    /// <summary>SHA-256 of a bundle's location encoder; null where it has none.</summary>
    public static string? DigestOf(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return bundle.Manifest.LocationEncoder is { } places ? bundle.Manifest.Files.Single(file => file.Path == places.File).Sha256 : null;
    }

    /// <summary>Loads a bundle's location encoder.</summary>
    /// <exception cref="BundleException">The bundle has none, or it cannot be read.</exception>
    public static BundlePlaces Open(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var places =
            bundle.Manifest.LocationEncoder
            ?? throw new BundleException(
                $"{bundle.Manifest.Name} has no location encoder, which a prior of places comes from; 'geotag places train' makes one"
            );
        var encoder = OnnxLocationEncoder.Load(bundle, places);
        try
        {
            return new BundlePlaces(
                encoder,
                PlacePrior.Of(encoder, places, bundle.ReadAllBytes(places.Squares)),
                DigestOf(bundle)!,
                places.LeftOut
            );
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _encoder.Dispose();
}
