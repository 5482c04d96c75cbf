using System.CommandLine;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Cli.Execution;

/// <summary><c>--bundle DIR</c>, the same on every command; without it the service's own choice.</summary>
internal static class BundleOption
{
    public static Option<string?> Create() =>
        new("--bundle")
        {
            Description = "Directory of the bundle. Default: GeoTag__Bundle, else the newest installed one, else the embedded miniature.",
            HelpName = "DIR",
        };

    /// <summary>Opens and verifies the bundle, and says on standard error when its answers are not for use.</summary>
    /// <exception cref="BundleException">It cannot be served.</exception>
    public static Bundle Open(string? directory, TaggingOptions settings, TextWriter error)
    {
        if (directory is not null)
        {
            settings.Bundle = directory;
        }

        var bundle = BundleLocator.Locate(settings).Bundle;
        if (bundle.Manifest.Purpose == BundlePurpose.Demonstration)
        {
            error.WriteLine(
                $"geotag: {bundle.Manifest.Name} is a demonstration model, its answers are not for use; "
                    + $"'{InstallationCommand.Text}' gets the real one"
            );
        }

        return bundle;
    }
}
