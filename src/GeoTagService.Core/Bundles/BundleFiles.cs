namespace GeoTagService.Core.Bundles;

/// <summary>A bundle in a directory.</summary>
internal sealed class DirectoryBundle(BundleManifest manifest, string digest, string directory)
    : Bundle(manifest, digest)
{
    public override string Origin => directory;

    public override string GetPhysicalPath(string path) => Path.Combine(directory, Checked(path));

    public override Stream OpenRead(string path) => new FileStream(
        GetPhysicalPath(path), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
}

/// <summary>The bundle inside this library, as resources named <c>miniature/PATH</c>.</summary>
internal sealed class EmbeddedBundle(BundleManifest manifest, string digest) : Bundle(manifest, digest)
{
    public override string Origin => "embedded";

    public override string? GetPhysicalPath(string path) => null;

    public override Stream OpenRead(string path) =>
        OpenResource(Checked(path)) ?? throw new FileNotFoundException("the library holds no such resource", path);

    public static Stream? OpenResource(string path) =>
        typeof(EmbeddedBundle).Assembly.GetManifestResourceStream("miniature/" + path);
}
