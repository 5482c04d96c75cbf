using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Titles.BytePairs;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Exchange;

/// <summary>Writes a bundle's parts for other programs.</summary>
public static class BundleExport
{
    private const int BytesAndSpecials = 514;

    /// <summary>Writes heads as <c>NAME.pth</c> or <c>NAME.safetensors</c>.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="directory">Where to; made when absent.</param>
    /// <param name="formats">How, at least one.</param>
    /// <param name="only">Names of the heads; empty for all.</param>
    /// <returns>The files written.</returns>
    /// <exception cref="BundleException">There is no such head, or it is another program's graph.</exception>
    public static IReadOnlyList<string> Heads(
        Bundle bundle,
        string directory,
        IReadOnlyCollection<HeadFormat> formats,
        IReadOnlyCollection<string> only
    )
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(formats);
        ArgumentNullException.ThrowIfNull(only);
        var heads = bundle.Manifest.Heads;
        if (only.FirstOrDefault(name => heads.All(head => head.Name != name)) is { } unknown)
        {
            throw new BundleException(
                $"the bundle holds no head '{unknown}'; it holds {string.Join(", ", heads.Select(head => head.Name))}"
            );
        }

        Directory.CreateDirectory(directory);
        var written = new List<string>();
        foreach (var head in heads.Where(head => only.Count == 0 || only.Contains(head.Name)))
        {
            var weights = BundleHeads.Read(bundle, head);
            foreach (var format in formats)
            {
                var path = Path.Combine(directory, head.Name + BundleHeads.Extension(format));
                using var file = File.Create(path);
                BundleHeads.Write(file, weights, format);
                written.Add(path);
            }
        }

        return written;
    }

    /// <summary>Writes both towers as ONNX of standard operators (opset 18), each in one file, with the files by which
    /// transformers.js, Transformers and Optimum know them.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="directory">Where to; made when absent.</param>
    /// <param name="weights">What the bundle was made from; null takes the weights out of its fp32 towers.</param>
    /// <returns>The files written.</returns>
    /// <exception cref="BundleException">The bundle has no fp32 towers that this program wrote, or the weights are of another
    /// geometry.</exception>
    public static IReadOnlyList<string> Towers(Bundle bundle, string directory, IClipWeights? weights = null)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var manifest = bundle.Manifest;
        if (weights is not null && weights.Geometry != manifest.Geometry)
        {
            throw new BundleException("the weights have another geometry than the bundle");
        }

        using var own = weights is null ? BundleClipWeights.Open(bundle) : null;
        var source = weights ?? own!;
        var plain = new ClipGraphOptions();
        var graphs = Path.Combine(directory, "onnx");
        Directory.CreateDirectory(graphs);
        using var merges = bundle.OpenRead(manifest.Vocabulary.File);
        var vocabulary = VocabularyText.Read(merges, manifest.Geometry.Text.VocabularySize - BytesAndSpecials);
        (string Name, Action<string> Write)[] files =
        [
            ("onnx/vision_model.onnx", path => WriteVision(bundle, source, path)),
            ("onnx/text_model.onnx", path => ClipGraphWriter.Text(source, manifest.Vocabulary.EndToken, plain).Save(path, long.MaxValue)),
            ("config.json", path => File.WriteAllText(path, TransformersFiles.Configuration(manifest))),
            ("preprocessor_config.json", path => File.WriteAllText(path, TransformersFiles.Preprocessor(manifest))),
            ("tokenizer.json", path => File.WriteAllText(path, TransformersFiles.Tokenizer(manifest, vocabulary))),
            ("tokenizer_config.json", path => File.WriteAllText(path, TransformersFiles.TokenizerConfiguration(manifest))),
        ];
        foreach (var (name, write) in files)
        {
            write(Path.Combine(directory, name));
        }

        return [.. files.Select(file => Path.Combine(directory, file.Name))];
    }

    /// <summary>A joined tower is in standard operators and one file already, and goes as it is: its weights alone are not
    /// all of it.</summary>
    private static void WriteVision(Bundle bundle, IClipWeights weights, string path)
    {
        if (bundle.Manifest.Encoders.FirstOrDefault(encoder => encoder.Graph == BundleEncoder.JoinedGraph) is { } joined)
        {
            File.WriteAllBytes(path, bundle.ReadAllBytes(joined.File));
            return;
        }

        ClipGraphWriter.Vision(weights, new ClipGraphOptions()).Save(path, long.MaxValue);
    }
}
