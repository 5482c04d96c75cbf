using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Core.Bundles;

/// <summary>
/// A bundle that was verified: manifest read, every file present with the stated size and digest. Where its bytes lie
/// (a directory, or inside the library) is hidden here.
/// </summary>
public abstract class Bundle
{
    /// <summary>Creates a verified bundle.</summary>
    /// <param name="manifest">The checked manifest.</param>
    /// <param name="digest">SHA-256 of <c>bundle.json</c>, lower-case hexadecimal: the model version.</param>
    protected Bundle(BundleManifest manifest, string digest)
    {
        Manifest = manifest;
        Digest = digest;
    }

    /// <summary>The checked manifest.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>SHA-256 of <c>bundle.json</c>, lower-case hexadecimal: the model version that every response carries.</summary>
    public string Digest { get; }

    /// <summary>Where it was found, for the start-up log: a directory, or <c>embedded</c>.</summary>
    public abstract string Origin { get; }

    /// <summary>Path of a file when it lies on disk, so that the engine can map it; null when it must be read.</summary>
    /// <param name="path">Relative path as in <see cref="BundleFile.Path"/>.</param>
    public abstract string? GetPhysicalPath(string path);

    /// <summary>Opens a file of the bundle for reading from beginning to end. A file that was changed after the bundle was
    /// verified ends the reading with a <see cref="BundleException"/>.</summary>
    /// <param name="path">Relative path as in <see cref="BundleFile.Path"/>.</param>
    public abstract Stream OpenRead(string path);

    /// <summary>The descriptor of a file that lies on disk, the same that it was verified through; null where files do not. It
    /// stays the bundle's.</summary>
    /// <param name="path">Relative path as in <see cref="BundleFile.Path"/>.</param>
    public virtual SafeFileHandle? OpenHandle(string path) => null;

    /// <summary>Closes what is open, once everything that is wanted was read. Reading more opens files again.</summary>
    public virtual void CloseFiles()
    {
        // By default nothing is kept open.
    }

    /// <summary>Opens a file as it is, to find out whether it is as it should be.</summary>
    internal virtual Stream OpenUnverified(string path) => OpenRead(path);

    /// <summary>The path, where the manifest lists it; nothing else is ever opened.</summary>
    /// <exception cref="ArgumentException">It is not listed.</exception>
    protected string Checked(string path) =>
        Manifest.Files.Any(file => file.Path == path)
            ? path
            : throw new ArgumentException($"the bundle lists no file '{path}'", nameof(path));

    /// <summary>Reads a file of the bundle.</summary>
    /// <param name="path">Relative path as in <see cref="BundleFile.Path"/>.</param>
    public byte[] ReadAllBytes(string path)
    {
        using var stream = OpenRead(path);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
