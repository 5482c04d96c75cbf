using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;

namespace GeoTagService.Models.Sources;

/// <summary>Tells, without reading hundreds of megabytes, whether a directory already holds what a pull would make.</summary>
internal static class InstalledBundle
{
    /// <summary>
    /// The manifest when the directory holds a bundle of these sources and variants, whole by name and size and with no
    /// file touched since its manifest was written. A touched one is verified in full. Whoever opens a bundle verifies
    /// every digest, so that this shortcut never leads to loading unverified bytes.
    /// </summary>
    /// <returns>Null where there is nothing yet.</returns>
    /// <exception cref="PullException">Something else is there.</exception>
    public static BundleManifest? Find(string directory, SourceManifest sources, IReadOnlyList<ClipPrecision> precisions)
    {
        if (!Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            return File.Exists(directory) ? throw new PullException($"{directory} is a file") : null;
        }

        var manifest = ReadManifest(directory);
        if (!ComesFrom(manifest, sources))
        {
            throw new PullException($"{directory} holds {manifest.Name} {manifest.Version} of other sources; choose another --output");
        }

        var lacking = precisions.Select(Name).Except(manifest.Encoders.Select(encoder => encoder.Precision)).ToList();
        if (lacking.Count > 0)
        {
            throw new PullException(
                $"{directory} holds {manifest.Name} without {string.Join(", ", lacking)}; a bundle is never changed, remove it or choose another --output"
            );
        }

        if (!IsUntouched(directory, manifest))
        {
            VerifyInFull(directory);
        }

        return manifest;
    }

    /// <summary>How bundles name a precision.</summary>
    public static string Name(ClipPrecision precision) => precision.ToString().ToLowerInvariant();

    private static BundleManifest ReadManifest(string directory)
    {
        var path = Path.Combine(directory, BundleManifest.FileName);
        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, BundleJson.Default.BundleManifest)
                ?? throw new PullException($"{path} is no manifest");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PullException($"{directory} exists and holds no bundle ({e.Message}); choose another --output", e);
        }
    }

    private static bool ComesFrom(BundleManifest manifest, SourceManifest sources)
    {
        var digests = manifest.Provenance.Select(source => source.Sha256).ToHashSet(StringComparer.Ordinal);
        return digests.Contains(sources.Vocabulary.Sha256)
            && sources.Heads.All(head => digests.Contains(head.Sha256))
            && sources.Clip.Any(clip => clip.Files.All(file => digests.Contains(file.Sha256)));
    }

    private static bool IsUntouched(string directory, BundleManifest manifest)
    {
        var written = File.GetLastWriteTimeUtc(Path.Combine(directory, BundleManifest.FileName));
        return manifest.Files.All(file =>
            new FileInfo(Path.Combine(directory, file.Path)) is { Exists: true } found
            && found.Length == file.Bytes
            && found.LastWriteTimeUtc <= written
        );
    }

    private static void VerifyInFull(string directory)
    {
        try
        {
            BundleReader.OpenDirectory(directory);
        }
        catch (BundleException e)
        {
            throw new PullException($"{e.Message}; remove it and pull again", e);
        }
    }
}
