using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Core.Bundles;

/// <summary>
/// A bundle in a directory. Its files are opened once, when they are verified, and read through those descriptors until they
/// are closed: a file that is replaced meanwhile is not seen, and one that is changed in place no longer has its digest when
/// it is read.
/// </summary>
internal sealed class DirectoryBundle(BundleManifest manifest, string digest, string directory) : Bundle(manifest, digest)
{
    private readonly Dictionary<string, SafeFileHandle> _open = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public override string Origin => directory;

    public override string GetPhysicalPath(string path) => Path.Combine(directory, Checked(path));

    public override Stream OpenRead(string path) =>
        new VerifiedStream(OpenUnverified(path), Manifest.Files.First(file => file.Path == path));

    public override SafeFileHandle OpenHandle(string path)
    {
        var physical = GetPhysicalPath(path);
        lock (_lock)
        {
            if (!_open.TryGetValue(path, out var handle) || handle.IsClosed)
            {
                handle = File.OpenHandle(physical, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
                _open[path] = handle;
            }

            return handle;
        }
    }

    public override void CloseFiles()
    {
        lock (_lock)
        {
            foreach (var handle in _open.Values)
            {
                handle.Dispose();
            }

            _open.Clear();
        }
    }

    internal override Stream OpenUnverified(string path) => new DescriptorStream(OpenHandle(path)!);
}

/// <summary>The bundle inside this library, as resources named <c>miniature/PATH</c>.</summary>
internal sealed class EmbeddedBundle(BundleManifest manifest, string digest) : Bundle(manifest, digest)
{
    public override string Origin => "embedded";

    public override string? GetPhysicalPath(string path) => null;

    public override Stream OpenRead(string path) =>
        OpenResource(Checked(path)) ?? throw new FileNotFoundException("the library holds no such resource", path);

    public static Stream? OpenResource(string path) => typeof(EmbeddedBundle).Assembly.GetManifestResourceStream("miniature/" + path);
}
