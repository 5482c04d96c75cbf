namespace GeoTagService.Core.Bundles;

/// <summary>Checks a bundle's files against its manifest.</summary>
internal static class BundleVerifier
{
    /// <summary>Throws <see cref="BundleException"/> for the first file, in the manifest's order, that does not hold.</summary>
    public static void Verify(Bundle bundle)
    {
        var files = bundle.Manifest.Files;
        var faults = new string?[files.Count];

        // One large file a core; the large ones first, so that no core ends up alone with one.
        var order = Enumerable.Range(0, files.Count).OrderByDescending(i => files[i].Bytes).ToArray();
        Parallel.ForEach(
            order,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => faults[i] = FindFault(bundle, files[i])
        );
        if (Array.Find(faults, fault => fault is not null) is { } first)
        {
            throw new BundleException(first);
        }

        GraphRules.Check(bundle);
    }

    private static string? FindFault(Bundle bundle, BundleFile file)
    {
        try
        {
            using var stream = bundle.OpenUnverified(file.Path);
            if (stream.Length != file.Bytes)
            {
                return $"{file.Path} is {stream.Length} bytes, {BundleManifest.FileName} says {file.Bytes}: it was "
                    + (stream.Length < file.Bytes ? "truncated" : "changed");
            }

            var digest = FileDigest.Compute(stream);
            return digest == file.Sha256
                ? null
                : $"{file.Path} has SHA-256 {digest}, {BundleManifest.FileName} says {file.Sha256}: it was changed";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"{file.Path} is missing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{file.Path} cannot be read: {e.Message}";
        }
    }
}
