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

    /// <summary>Opens a file of the bundle.</summary>
    /// <param name="path">Relative path as in <see cref="BundleFile.Path"/>.</param>
    public abstract Stream OpenRead(string path);

    /// <summary>The path, where the manifest lists it; nothing else is ever opened.</summary>
    /// <exception cref="ArgumentException">It is not listed.</exception>
    protected string Checked(string path) => Manifest.Files.Any(file => file.Path == path)
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
