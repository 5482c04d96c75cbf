using System.Text.Json.Nodes;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Core.Tests.Bundles;

/// <summary>The embedded bundle as files in a directory, for tests to damage.</summary>
internal sealed class BundleCopy : IDisposable
{
    public BundleCopy(string? parent = null, string name = "bundle")
    {
        Root = parent ?? System.IO.Directory.CreateTempSubdirectory("geotag-copy-").FullName;
        Directory = Path.Combine(Root, name);
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

    public string Root { get; }

    public string Directory { get; }

    public string PathOf(string path) => Path.Combine(Directory, path);

    /// <summary>Changes bundle.json.</summary>
    public void EditManifest(Action<JsonNode> edit)
    {
        var manifest = JsonNode.Parse(File.ReadAllText(PathOf(BundleManifest.FileName)))!;
        edit(manifest);
        File.WriteAllText(PathOf(BundleManifest.FileName), manifest.ToJsonString());
    }

    /// <summary>Replaces a file and states its new size and digest, as a careless maker of bundles would.</summary>
    public void ReplaceConsistently(string path, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(path), bytes);
        EditManifest(manifest =>
        {
            var entry = manifest["files"]!.AsArray().Single(file => (string?)file!["path"] == path)!;
            entry["bytes"] = bytes.Length;
            entry["sha256"] = FileDigest.Compute(bytes);
        });
    }

    public void Dispose() => System.IO.Directory.Delete(Root, recursive: true);
}
