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

    /// <summary>The embedded bundle with files replaced.</summary>
    public static MemoryBundle Miniature(
        Func<BundleManifest, BundleManifest>? change = null, params (string Path, byte[] Bytes)[] files)
    {
        var original = BundleReader.OpenEmbedded();
        return new MemoryBundle(
            original,
            change?.Invoke(original.Manifest) ?? original.Manifest,
            files.ToDictionary(file => file.Path, file => file.Bytes));
    }
}
