using GeoTagService.Core.Bundles;

namespace GeoTagService.Onnx.Tests;

/// <summary>A bundle with some files replaced by others, unverified: for what a verified one cannot hold.</summary>
internal sealed class MemoryBundle(Bundle original, BundleManifest manifest, IReadOnlyDictionary<string, byte[]> files)
    : Bundle(manifest, "test")
{
    public override string Origin => "memory";

    public override string? GetPhysicalPath(string path) => files.ContainsKey(path) ? null : original.GetPhysicalPath(path);

    public override Stream OpenRead(string path) =>
        files.TryGetValue(path, out var bytes) ? new MemoryStream(bytes) : original.OpenRead(path);

    /// <summary>The embedded bundle with a photo tower of random weights that takes a twentieth of the time: for tests of many
    /// photos, to which it does not matter what is seen.</summary>
    public static MemoryBundle Quick()
    {
        var manifest = BundleReader.OpenEmbedded().Manifest;
        using var weights = new Models.Weights.RandomClipWeights(manifest.Geometry, seed: 1);
        var vision = manifest.Encoders.Single(encoder => encoder.Tower == EncoderTower.Vision);
        return Miniature(
            null,
            (vision.File, Models.Graphs.ClipGraphWriter.Vision(weights, new Models.Graphs.ClipGraphOptions()).ToBytes())
        );
    }

    /// <summary>The embedded bundle with files replaced.</summary>
    public static MemoryBundle Miniature(Func<BundleManifest, BundleManifest>? change = null, params (string Path, byte[] Bytes)[] files)
    {
        var original = BundleReader.OpenEmbedded();
        return new MemoryBundle(
            original,
            change?.Invoke(original.Manifest) ?? original.Manifest,
            files.ToDictionary(file => file.Path, file => file.Bytes)
        );
    }
}
