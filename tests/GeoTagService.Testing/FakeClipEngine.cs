using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;

namespace GeoTagService.Testing;

/// <summary>An engine without networks: a <see cref="FakeClipEncoder"/> of the bundle's geometry and a
/// <see cref="FakeTagHead"/> for each of its heads.</summary>
public sealed class FakeClipEngine : IClipEngine
{
    /// <summary>The encoder that was loaded last.</summary>
    public FakeClipEncoder? Encoder { get; private set; }

    /// <summary>How encoders will say that they run.</summary>
    public EncoderRuntime Runtime { get; init; } = new("fake", "cpu", "fp32", 1);

    /// <inheritdoc/>
    public IClipEncoder LoadEncoder(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var geometry = bundle.Manifest.Geometry;
        return Encoder = new FakeClipEncoder(
            new ClipGeometry(
                geometry.Vision.ImageSize,
                geometry.Text.ContextLength,
                geometry.Text.VocabularySize,
                geometry.EmbeddingDimension
            )
        )
        {
            Runtime = Runtime,
        };
    }

    /// <inheritdoc/>
    public ITagHead LoadHead(Bundle bundle, BundleHead head)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(head);
        return new FakeTagHead(
            new HeadDescriptor(head.Name, head.Modalities, head.Kind, head.MixUp, head.Metrics, head.Thresholds)
            {
                PlaceWeights = head.PlacePrior?.Weights,
            },
            bundle.Manifest.Geometry.EmbeddingDimension,
            bundle.Manifest.Tags.Count
        );
    }
}
