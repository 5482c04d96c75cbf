using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Training.Publishing;

/// <summary>
/// Adds trained heads to a bundle, as a new bundle: a bundle is never changed.
/// </summary>
public static class BundleExtension
{
    private const string HeadsFolder = "heads";
    private const float DefaultThreshold = 0.5f;

    /// <summary>Writes the new bundle.</summary>
    /// <param name="source">The bundle to start from.</param>
    /// <param name="runDirectory">Directory of trained heads: NAME.onnx and heads.json.</param>
    /// <param name="heads">Names of the heads to add; one of a known name takes that head's place.</param>
    /// <param name="output">Directory of the new bundle, which must not exist or be empty.</param>
    /// <param name="figures">What <see cref="HeldOutFigures"/> measured of the source's heads, or null.</param>
    /// <returns>The new bundle, verified.</returns>
    /// <exception cref="BundleException">The output exists, a head is missing, or the parts do not fit each other.</exception>
    public static Bundle AddHeads(
        Bundle source,
        string runDirectory,
        IReadOnlyList<string> heads,
        string output,
        IReadOnlyDictionary<string, HeadFigures>? figures = null
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(heads);
        return BundleBuilder.Publish(output, building => Write(source, runDirectory, heads, building, figures));
    }

    private static void Write(
        Bundle source,
        string runDirectory,
        IReadOnlyList<string> heads,
        string building,
        IReadOnlyDictionary<string, HeadFigures>? figures
    )
    {
        var manifest = source.Manifest;
        var replaced = manifest.Heads.Where(head => heads.Contains(head.Name)).ToList();
        var kept = manifest.Files.Where(file => replaced.TrueForAll(head => head.File != file.Path)).ToList();
        foreach (var file in kept)
        {
            var target = Path.Combine(building, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var from = source.OpenRead(file.Path);
            using var to = File.Create(target);
            from.CopyTo(to);
        }

        var notes = HeadNotes.ReadBeside(runDirectory);
        var added = heads.Select(name => Add(name, notes, manifest, runDirectory, building)).ToList();
        var json = JsonSerializer.Serialize(
            manifest with
            {
                Heads =
                [
                    .. manifest
                        .Heads.Except(replaced)
                        .Select(head => Measured(head, figures))
                        .Concat(added)
                        .OrderBy(head => head.Name, StringComparer.Ordinal),
                ],
                Files =
                [
                    .. kept.Concat(added.Select(head => FileDigest.Describe(building, head.File)))
                        .OrderBy(file => file.Path, StringComparer.Ordinal),
                ],
                Provenance =
                [
                    .. manifest.Provenance.Where(origin => replaced.TrueForAll(head => origin.What != $"head {head.Name}")),
                    new BundleSource(
                        HeldOutFigures.ExtendedFrom,
                        $"{manifest.Name} {manifest.Version}",
                        manifest.Files.Sum(file => file.Bytes),
                        source.Digest
                    ),
                    .. added.Select(head => Origin(head, building)),
                ],
            },
            BundleJson.Default.BundleManifest
        );
        File.WriteAllText(Path.Combine(building, BundleManifest.FileName), json + "\n");
    }

    /// <summary>The head with its figures on those photos before any earlier ones.</summary>
    private static BundleHead Measured(BundleHead head, IReadOnlyDictionary<string, HeadFigures>? figures) =>
        figures?.GetValueOrDefault(head.Name) is not { } here
            ? head
            : head with
            {
                Metrics = head.Metrics with { Further = [here, .. (head.Metrics.Further ?? []).Where(known => known.Split != here.Split)] },
            };

    private static BundleHead Add(
        string name,
        IReadOnlyDictionary<string, HeadNotes> notes,
        BundleManifest manifest,
        string runDirectory,
        string building
    )
    {
        var path = Path.Combine(runDirectory, name + ".onnx");
        if (!HeadName.TryParse(name, out var parsed) || !File.Exists(path))
        {
            throw new BundleException($"{runDirectory} holds no head {name}.onnx");
        }

        var file = $"{HeadsFolder}/{name}.onnx";
        Directory.CreateDirectory(Path.Combine(building, HeadsFolder));
        File.Copy(path, Path.Combine(building, file), overwrite: true);
        var note = HeadNotes.Of(notes, name);
        return new BundleHead(
            name,
            parsed.Modalities,
            parsed.Kind,
            parsed.MixUp,
            file,
            note.Metrics,
            note.Thresholds ?? [DefaultThreshold],
            HeadGraphWriter.InputWidth(parsed.Modalities, manifest.Geometry.EmbeddingDimension),
            note.PlacePrior
        );
    }

    private static BundleSource Origin(BundleHead head, string building)
    {
        var file = FileDigest.Describe(building, head.File);
        return new BundleSource($"head {head.Name}", $"{head.Name}.onnx, trained here", file.Bytes, file.Sha256);
    }
}
