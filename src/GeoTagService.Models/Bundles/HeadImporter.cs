using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Bundles;

/// <summary>Puts a directory's heads into a bundle as ONNX graphs.</summary>
internal sealed class HeadImporter(string headsDirectory, string bundleDirectory, int embeddingDimension)
{
    private const string Folder = "heads";
    private const float DefaultThreshold = 0.5f;

    private static readonly string[] Extensions = [".pth", ".safetensors", ".onnx"];

    /// <summary>Imports every head but the useless one, by name; of several forms of one head the first that
    /// <see cref="Extensions"/> names.</summary>
    /// <returns>Each head with what it was made from.</returns>
    public IReadOnlyList<(BundleHead Head, BundleSource Source)> ImportAll()
    {
        if (!Directory.Exists(headsDirectory))
        {
            throw new BundleException($"the heads directory {headsDirectory} does not exist");
        }

        var notes = HeadNotes.ReadBeside(headsDirectory);
        var files = Directory
            .EnumerateFiles(headsDirectory)
            .Where(path => Extensions.Contains(Path.GetExtension(path)))
            .Where(path => Path.GetFileNameWithoutExtension(path) != PublishedHeads.Useless)
            .GroupBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal)
            .OrderBy(forms => forms.Key, StringComparer.Ordinal)
            .Select(forms => forms.MinBy(path => Array.IndexOf(Extensions, Path.GetExtension(path)))!)
            .ToList();
        if (files.Count == 0)
        {
            throw new BundleException($"{headsDirectory} holds no head ({string.Join(", ", Extensions)})");
        }

        Directory.CreateDirectory(Path.Combine(bundleDirectory, Folder));
        return [.. files.Select(path => Import(path, notes))];
    }

    private (BundleHead Head, BundleSource Source) Import(string path, IReadOnlyDictionary<string, HeadNotes> notes)
    {
        var source = FileDigest.Describe(headsDirectory, Path.GetFileName(path));
        var name = Path.GetFileNameWithoutExtension(path);
        var file = $"{Folder}/{name}.onnx";
        var target = Path.Combine(bundleDirectory, file);
        var shape = Path.GetExtension(path) == ".onnx" ? Adopt(path, name, target) : Convert(path, target);

        var known = PublishedHeads.TryGet(source.Sha256, out var published) ? published.Metrics : null;
        var note = HeadNotes.Of(notes, name);
        var head = new BundleHead(
            name,
            shape.Modalities,
            shape.Kind,
            shape.MixUp,
            file,
            known ?? note.Metrics,
            note.Thresholds ?? [DefaultThreshold],
            HeadGraphWriter.InputWidth(shape.Modalities, embeddingDimension),
            note.PlacePrior
        );
        return (head, new BundleSource($"head {name}", source.Path, source.Bytes, source.Sha256));
    }

    private HeadName Convert(string path, string target)
    {
        var weights = HeadWeights.Read(path);
        try
        {
            HeadGraphWriter.Write(weights, embeddingDimension).Save(target);
        }
        catch (ArgumentException e)
        {
            throw new BundleException($"{Path.GetFileName(path)}: {e.Message}", e);
        }

        return new HeadName(weights.Kind, weights.Modalities, weights.MixUp);
    }

    /// <summary>The finished bundle is verified, which compares the adopted graph with what its name says.</summary>
    private static HeadName Adopt(string path, string name, string target)
    {
        if (!HeadName.TryParse(name, out var parsed))
        {
            throw new BundleException(
                $"{Path.GetFileName(path)}: the name does not say what the head takes, "
                    + "expected (linear|mlp)[-img][-txt][-loc][-mixup][-prior]"
            );
        }

        File.Copy(path, target);
        return parsed;
    }
}
