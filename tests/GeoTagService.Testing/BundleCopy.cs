using System.Text.Json.Nodes;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Testing;

/// <summary>The embedded bundle as files in a directory, for tests to damage.</summary>
public sealed class BundleCopy : IDisposable
{
    /// <summary>Writes the copy.</summary>
    /// <param name="parent">Where; null makes a temporary directory.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="isThere">Whether it is there already.</param>
    public BundleCopy(string? parent = null, string name = "bundle", bool isThere = false)
    {
        Root = parent ?? System.IO.Directory.CreateTempSubdirectory("geotag-copy-").FullName;
        Directory = Path.Combine(Root, name);
        if (isThere)
        {
            return;
        }

        var embedded = BundleReader.OpenEmbedded();
        foreach (var file in embedded.Manifest.Files)
        {
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file.Path))!);
            File.WriteAllBytes(PathOf(file.Path), embedded.ReadAllBytes(file.Path));
        }

        using var manifest = typeof(Bundle).Assembly.GetManifestResourceStream("miniature/bundle.json")!;
        using var target = File.Create(PathOf(BundleManifest.FileName));
        manifest.CopyTo(target);
    }

    /// <summary>The directory around it, which is deleted with it.</summary>
    public string Root { get; }

    /// <summary>The bundle's own directory.</summary>
    public string Directory { get; }

    /// <summary>Where a file of it lies.</summary>
    public string PathOf(string path) => Path.Combine(Directory, path);

    /// <summary>Changes bundle.json.</summary>
    public void EditManifest(Action<JsonNode> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        var manifest = JsonNode.Parse(File.ReadAllText(PathOf(BundleManifest.FileName)))!;
        edit(manifest);
        File.WriteAllText(PathOf(BundleManifest.FileName), manifest.ToJsonString());
    }

    /// <summary>Replaces a file and states its new size and digest, as a careless maker of bundles would.</summary>
    public void ReplaceConsistently(string path, byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        File.WriteAllBytes(PathOf(path), bytes);
        EditManifest(manifest =>
        {
            var entry = manifest["files"]!.AsArray().Single(file => (string?)file!["path"] == path)!;
            entry["bytes"] = bytes.Length;
            entry["sha256"] = FileDigest.Compute(bytes);
        });
    }

    /// <summary>Lets two heads change places: the same files, other answers.</summary>
    public void SwapHeads(string one, string other)
    {
        var (first, second) = (File.ReadAllBytes(PathOf($"heads/{one}.onnx")), File.ReadAllBytes(PathOf($"heads/{other}.onnx")));
        ReplaceConsistently($"heads/{one}.onnx", second);
        ReplaceConsistently($"heads/{other}.onnx", first);
    }

    /// <summary>Dates bundle.json: the newest bundle of a directory is served.</summary>
    public void Date(DateTime written) => File.SetLastWriteTimeUtc(PathOf(BundleManifest.FileName), written);

    /// <inheritdoc/>
    public void Dispose() => System.IO.Directory.Delete(Root, recursive: true);
}
