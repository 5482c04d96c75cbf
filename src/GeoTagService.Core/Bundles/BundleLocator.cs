namespace GeoTagService.Core.Bundles;

/// <summary>A bundle that was chosen, and why.</summary>
/// <param name="Bundle">The verified bundle.</param>
/// <param name="Reason">One or more sentences for the start-up log.</param>
public sealed record LocatedBundle(Bundle Bundle, string Reason)
{
    /// <summary>What is wrong with the newer ones that were passed over.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];
}

/// <summary>Finds the bundle to serve.</summary>
public static class BundleLocator
{
    /// <summary>Environment variable that names the models directory where the options do not.</summary>
    public const string ModelsVariable = "GEOTAG_MODELS";

    /// <summary>
    /// The bundle that <see cref="TaggingOptions.Bundle"/> names; else the newest valid one of the models directory;
    /// else the embedded miniature. Newest by when its <c>bundle.json</c> was written, then by name.
    /// </summary>
    /// <exception cref="BundleException">The named bundle cannot be served. Invalid ones in the models directory are
    /// passed over and named in the reason.</exception>
    public static LocatedBundle Locate(TaggingOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.Bundle))
        {
            var named = BundleReader.OpenDirectory(options.Bundle);
            return new LocatedBundle(named, $"Serving {Describe(named)} from {named.Origin}, the bundle that GeoTag:Bundle names.");
        }

        var models = ModelsDirectory(options);
        var skipped = new List<string>();
        foreach (var directory in Candidates(models))
        {
            try
            {
                var found = BundleReader.OpenDirectory(directory);
                return new LocatedBundle(found, $"Serving {Describe(found)}, the newest valid bundle in {models}.{Skipped(skipped)}")
                {
                    Faults = skipped,
                };
            }
            catch (BundleException e)
            {
                skipped.Add(e.Message);
            }
        }

        var miniature = BundleReader.OpenEmbedded();
        return new LocatedBundle(
            miniature,
            $"Serving the embedded {Describe(miniature)}, because no valid bundle is in "
                + $"{(models.Length == 0 ? "a models directory (this user has none)" : models)}. "
                + $"'{InstallationCommand.Text}' gets the real model.{Skipped(skipped)}"
        )
        {
            Faults = skipped,
        };
    }

    /// <summary>Where installed bundles lie: the option, else <see cref="ModelsVariable"/>, else <c>geotag/models</c> in
    /// the user's data directory; empty where the user has none.</summary>
    public static string ModelsDirectory(TaggingOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.ModelsDirectory))
        {
            return Path.GetFullPath(options.ModelsDirectory);
        }

        if (Environment.GetEnvironmentVariable(ModelsVariable) is { Length: > 0 } variable)
        {
            return Path.GetFullPath(variable);
        }

        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length == 0 ? string.Empty : Path.Combine(data, "geotag", "models");
    }

    private static IEnumerable<string> Candidates(string models)
    {
        if (!Directory.Exists(models))
        {
            return [];
        }

        // A name that starts with a dot is a bundle in the making.
        return new DirectoryInfo(models)
            .EnumerateDirectories()
            .Where(directory => !directory.Name.StartsWith('.'))
            .Select(directory => (directory.FullName, Manifest: new FileInfo(Path.Combine(directory.FullName, BundleManifest.FileName))))
            .Where(candidate => candidate.Manifest.Exists)
            .OrderByDescending(candidate => candidate.Manifest.LastWriteTimeUtc)
            .ThenByDescending(candidate => candidate.FullName, StringComparer.Ordinal)
            .Select(candidate => candidate.FullName);
    }

    private static string Describe(Bundle bundle) => $"{bundle.Manifest.Name} {bundle.Manifest.Version}";

    private static string Skipped(List<string> faults) => faults.Count == 0 ? string.Empty : $" Passed over: {string.Join("; ", faults)}.";
}
