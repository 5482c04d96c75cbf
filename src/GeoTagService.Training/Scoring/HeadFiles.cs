using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Decisions;

namespace GeoTagService.Training.Scoring;

/// <summary>A head as a file: what it takes, its graph, its thresholds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Modalities">The parts of its input.</param>
/// <param name="Graph">The ONNX model.</param>
/// <param name="Thresholds">One threshold, or one per tag.</param>
/// <param name="LabelSets">Decides whole sets in place of the thresholds, or null.</param>
/// <param name="Decision">The rule that what is measured in detail follows.</param>
/// <param name="PlacePrior">What a place adds to its logits, or null.</param>
/// <param name="Places">The bundle whose location encoder says so; null where that is not known.</param>
public sealed record HeadFile(
    string Name,
    Modalities Modalities,
    byte[] Graph,
    IReadOnlyList<float> Thresholds,
    LabelSetPrior? LabelSets = null,
    DecisionRule Decision = DecisionRule.Threshold,
    BundlePlacePrior? PlacePrior = null,
    Bundle? Places = null
)
{
    /// <summary>Digests of the models whose embeddings it is made for; null where that is not known.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>The same head, deciding with the fallback; its name says so.</summary>
    public HeadFile DecidingWithFallback() => this with { Name = Name + "-fallback", Decision = DecisionRule.Fallback };

    /// <summary>The same head, deciding by label sets; its name says so.</summary>
    public HeadFile DecidingBy(LabelSetPrior sets) => this with { Name = Name + "-label-sets", LabelSets = sets };
}

/// <summary>Finds heads in the directory of a run or in a bundle.</summary>
public static class HeadFiles
{
    /// <summary>What a bundle's provenance calls the bundle that it was made from.</summary>
    internal const string ExtendedFrom = "bundle extended";

    /// <summary>Reads heads, by name.</summary>
    /// <param name="directory">A bundle, or a directory of NAME.onnx and heads.json.</param>
    /// <param name="only">Names to read; empty for all.</param>
    /// <param name="places">A bundle whose location encoder heads of a run take their prior from, where it is the one that they were
    /// fitted with.</param>
    /// <exception cref="BundleException">The bundle does not verify, or there is no such directory.</exception>
    public static IReadOnlyList<HeadFile> Read(string directory, IReadOnlyCollection<string> only, Bundle? places = null)
    {
        ArgumentNullException.ThrowIfNull(only);
        var all = IsBundle(directory) ? Of(BundleReader.OpenDirectory(directory)) : OfRun(directory, places);
        return [.. all.Where(head => only.Count == 0 || only.Contains(head.Name)).OrderBy(head => head.Name, StringComparer.Ordinal)];
    }

    /// <summary>Whether a directory is a bundle, and no run.</summary>
    public static bool IsBundle(string directory) => File.Exists(Path.Combine(directory, BundleManifest.FileName));

    /// <summary>The heads of an opened bundle, in its order.</summary>
    public static IEnumerable<HeadFile> Of(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return bundle.Manifest.Heads.Select(head => new HeadFile(
            head.Name,
            head.Modalities,
            bundle.ReadAllBytes(head.File),
            head.Thresholds,
            PlacePrior: head.PlacePrior,
            Places: head.PlacePrior is null ? null : bundle
        )
        {
            Models =
            [
                bundle.Digest,
                .. bundle.Manifest.Provenance.Where(source => source.What == ExtendedFrom).Select(source => source.Sha256),
            ],
        });
    }

    private static IEnumerable<HeadFile> OfRun(string directory, Bundle? places)
    {
        if (!Directory.Exists(directory))
        {
            throw new BundleException($"{directory}: there is no such directory");
        }

        var notes = HeadNotes.ReadBeside(directory);
        var encoder = places is null ? null : BundlePlaces.DigestOf(places);
        foreach (var path in Directory.EnumerateFiles(directory, "*.onnx"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (HeadName.TryParse(name, out var parsed))
            {
                var note = HeadNotes.Of(notes, name);
                yield return new HeadFile(
                    name,
                    parsed.Modalities,
                    File.ReadAllBytes(path),
                    note.Thresholds ?? [0.5f],
                    PlacePrior: note.PlacePrior,
                    Places: note.PlacePrior is { } prior && prior.Encoder == encoder ? places : null
                )
                {
                    Models = PhotoSet.ModelIn(note.Split) is { } model ? [model] : null,
                };
            }
        }
    }
}
