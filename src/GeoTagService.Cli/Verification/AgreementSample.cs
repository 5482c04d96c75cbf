using GeoTagService.Bulk;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Cli.Verification;

/// <summary>What precisions are compared on: the photos of a folder, and titles.</summary>
/// <param name="Photos">Paths of the photos, sorted.</param>
/// <param name="Titles">Titles; the first goes with the first photo, and so on in turn.</param>
internal sealed record AgreementSample(IReadOnlyList<string> Photos, IReadOnlyList<string> Titles)
{
    /// <summary>Finds the photos and reads the titles.</summary>
    /// <param name="folder">Searched with the folders in it.</param>
    /// <param name="titles">A text file with a title a line, or null.</param>
    /// <param name="bundle">The bundle, which must hold fp32 and something to compare with it.</param>
    /// <param name="againstCpu">Whether fp32 itself, on another processor, is something to compare with.</param>
    /// <exception cref="CommandFailureException">There is nothing to compare.</exception>
    public static AgreementSample Collect(string folder, string? titles, Bundle bundle, bool againstCpu)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandFailureException(ExitCode.Environment, $"{folder}: there is no such directory");
        }

        var photos = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(PhotoFile.IsNamedSo)
            .Order(StringComparer.Ordinal)
            .ToArray();
        if (photos.Length == 0)
        {
            throw new CommandFailureException(ExitCode.Environment, $"{folder} holds no photo");
        }

        var precisions = Precisions(bundle);
        if (precisions is not ["fp32", ..] || (precisions.Count == 1 && !againstCpu))
        {
            throw new CommandFailureException(
                ExitCode.Environment,
                $"the bundle holds {string.Join(", ", precisions)}: nothing to compare with fp32"
            );
        }

        return new AgreementSample(
            photos,
            titles is null ? [] : [.. File.ReadAllLines(titles).Where(line => !string.IsNullOrWhiteSpace(line))]
        );
    }

    /// <summary>The bundle's precisions, fp32 first.</summary>
    public static IReadOnlyList<string> Precisions(Bundle bundle) =>
        [.. bundle.Manifest.Encoders.Select(encoder => encoder.Precision).Distinct().OrderBy(name => name == "fp32" ? 0 : 1)];
}
