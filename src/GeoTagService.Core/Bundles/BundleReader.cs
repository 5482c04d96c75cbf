using System.Text.Json;

namespace GeoTagService.Core.Bundles;

/// <summary>
/// Opens bundles. What it returns was verified in full: the manifest is of a known version and agrees with itself and
/// with the tag catalogue, every file is there with the stated size and SHA-256, and every ONNX file takes and gives
/// what the manifest says of it.
/// </summary>
public static class BundleReader
{
    // The largest manifest of ours is some 20 KB; a huge file is not one.
    private const long LargestManifest = 4 * 1024 * 1024;

    /// <summary>Opens and verifies the bundle in a directory.</summary>
    /// <param name="directory">The directory that holds <c>bundle.json</c>.</param>
    /// <exception cref="BundleException">It cannot be served; the message names the file and the cause.</exception>
    public static Bundle OpenDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        try
        {
            var bytes = ReadManifestFile(directory);
            return Open(bytes, (manifest, digest) => new DirectoryBundle(manifest, digest, Path.GetFullPath(directory)));
        }
        catch (Exception e) when (e is BundleException or IOException or UnauthorizedAccessException)
        {
            throw new BundleException($"bundle {directory}: {e.Message}", e);
        }
    }

    /// <summary>A bundle whose directory was renamed after it was verified; its files are not read again.</summary>
    /// <param name="verified">The bundle as it was opened.</param>
    /// <param name="directory">Its directory now.</param>
    public static Bundle AfterMove(Bundle verified, string directory)
    {
        ArgumentNullException.ThrowIfNull(verified);
        verified.CloseFiles();
        return new DirectoryBundle(verified.Manifest, verified.Digest, Path.GetFullPath(directory));
    }

    /// <summary>Opens and verifies the miniature inside the library.</summary>
    /// <exception cref="BundleException">The library was built wrongly.</exception>
    public static Bundle OpenEmbedded()
    {
        using var stream =
            EmbeddedBundle.OpenResource(BundleManifest.FileName)
            ?? throw new BundleException("the library was built without its miniature bundle");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Open(memory.ToArray(), (manifest, digest) => new EmbeddedBundle(manifest, digest));
    }

    private static Bundle Open(byte[] manifestBytes, Func<BundleManifest, string, Bundle> create)
    {
        var manifest = ParseManifest(manifestBytes);
        ManifestRules.Check(manifest);
        var bundle = create(manifest, FileDigest.Compute(manifestBytes));
        BundleVerifier.Verify(bundle);
        return bundle;
    }

    private static byte[] ReadManifestFile(string directory)
    {
        var file = new FileInfo(Path.Combine(directory, BundleManifest.FileName));
        if (!Directory.Exists(directory))
        {
            throw new BundleException("there is no such directory");
        }

        if (!file.Exists)
        {
            throw new BundleException($"{BundleManifest.FileName} is missing");
        }

        if (file.Length > LargestManifest)
        {
            throw new BundleException($"{BundleManifest.FileName} is {file.Length} bytes, which no manifest is");
        }

        return File.ReadAllBytes(file.FullName);
    }

    private static BundleManifest ParseManifest(byte[] bytes)
    {
        try
        {
            // The version is read first: a later one may have changed anything else.
            using (var document = JsonDocument.Parse(bytes))
            {
                CheckSchemaVersion(document.RootElement);
            }

            return JsonSerializer.Deserialize(bytes, BundleJson.Default.BundleManifest)
                ?? throw new BundleException($"{BundleManifest.FileName} is null");
        }
        catch (JsonException e)
        {
            throw new BundleException($"{BundleManifest.FileName} is not a valid manifest: {e.Message}", e);
        }
    }

    private static void CheckSchemaVersion(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("schemaVersion", out var version))
        {
            throw new BundleException($"{BundleManifest.FileName} states no schemaVersion");
        }

        if (
            version.ValueKind != JsonValueKind.Number
            || !version.TryGetInt32(out var number)
            || number != BundleManifest.CurrentSchemaVersion
        )
        {
            throw new BundleException(
                $"{BundleManifest.FileName} has schema version {version.GetRawText()}, "
                    + $"this program reads version {BundleManifest.CurrentSchemaVersion}"
            );
        }
    }
}
