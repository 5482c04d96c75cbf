using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Bundles;

/// <summary>What an import of encoders gives.</summary>
/// <param name="Geometry">Geometry of both towers.</param>
/// <param name="Encoders">The encoders written.</param>
/// <param name="Sources">What they were made from.</param>
internal sealed record ImportedEncoders(
    BundleGeometry Geometry,
    IReadOnlyList<BundleEncoder> Encoders,
    IReadOnlyList<BundleSource> Sources
);

/// <summary>Puts both towers into a bundle: converted from weights, or adopted.</summary>
internal sealed class EncoderImporter(BundleRecipe recipe, string bundleDirectory)
{
    /// <summary>Files written at once at most: the largest tensor of a tower is 100 MB, and up to three copies of it exist.</summary>
    private const int MostAtOnce = 4;

    /// <summary>Writes the encoder files.</summary>
    public ImportedEncoders Import()
    {
        switch (recipe.Clip)
        {
            case ClipWeightsFile file:
            {
                using var weights = ClipWeights.Open(file.Path);
                return Convert(weights, Describe("CLIP weights", file.Path));
            }

            case ClipOpenWeights open:
                return Convert(open.Weights, open.Origin);
            case ClipOnnxPair pair:
                return Adopt(pair);
            default:
                throw new ArgumentException($"encoders cannot come from {recipe.Clip.GetType().Name}");
        }
    }

    private ImportedEncoders Convert(IClipWeights weights, BundleSource source)
    {
        using var network = OpenPhotoNetwork(weights);
        // Every file by itself, one a core: each holds a tensor at a time.
        var files = recipe
            .Precisions.Distinct()
            .SelectMany(precision => new[] { (Tower: EncoderTower.Vision, precision), (Tower: EncoderTower.Text, precision) })
            .ToArray();
        var encoders = new BundleEncoder[files.Length];
        Parallel.For(
            0,
            files.Length,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Min(MostAtOnce, Environment.ProcessorCount) },
            i =>
                encoders[i] =
                    network is not null && files[i].Tower == EncoderTower.Vision
                        ? WriteJoined(weights, network)
                        : Write(weights, files[i].Tower, files[i].precision)
        );
        BundleSource[] sources = network is null ? [source] : [source, Describe("photo network", recipe.PhotoNetworkPath!)];
        return new ImportedEncoders(weights.Geometry, encoders, sources);
    }

    private ResidualNetwork? OpenPhotoNetwork(IClipWeights weights)
    {
        if (recipe.PhotoNetworkPath is not { } path)
        {
            return null;
        }

        if (recipe.Precisions.Any(precision => precision != ClipPrecision.Fp32))
        {
            throw new BundleException("a bundle with a photo network is written in fp32 alone");
        }

        return ResidualNetwork.Open(path, weights.Geometry);
    }

    private BundleEncoder WriteJoined(IClipWeights weights, ResidualNetwork network)
    {
        const string file = "vision.onnx";
        ResidualGraphWriter.Write(network, weights).Save(Path.Combine(bundleDirectory, file));
        return new BundleEncoder(EncoderTower.Vision, Name(ClipPrecision.Fp32), file, Graph: BundleEncoder.JoinedGraph);
    }

    private BundleEncoder Write(IClipWeights weights, EncoderTower tower, ClipPrecision precision)
    {
        var options = new ClipGraphOptions(recipe.Style, precision);
        var graph =
            tower == EncoderTower.Vision
                ? ClipGraphWriter.Vision(weights, options)
                : ClipGraphWriter.Text(weights, BundleBuilder.EndToken(weights.Geometry), options);
        var suffix = precision == ClipPrecision.Fp32 ? string.Empty : "." + Name(precision);
        var file = (tower == EncoderTower.Vision ? "vision" : "text") + suffix + ".onnx";
        graph.Save(Path.Combine(bundleDirectory, file));
        return new BundleEncoder(tower, Name(precision), file, Graph: Name(recipe.Style));
    }

    private ImportedEncoders Adopt(ClipOnnxPair pair)
    {
        return new ImportedEncoders(
            pair.Geometry,
            [Copy(EncoderTower.Vision, pair.VisionPath, "vision.onnx"), Copy(EncoderTower.Text, pair.TextPath, "text.onnx")],
            [Describe("CLIP photo tower, ONNX", pair.VisionPath), Describe("CLIP title tower, ONNX", pair.TextPath)]
        );

        BundleEncoder Copy(EncoderTower tower, string path, string file)
        {
            var target = Path.Combine(bundleDirectory, file);
            File.Copy(path, target);
            return new BundleEncoder(tower, Name(ClipPrecision.Fp32), file, HasDynamicLength(tower, target), "adopted");
        }
    }

    private static bool HasDynamicLength(EncoderTower tower, string path)
    {
        if (tower == EncoderTower.Vision)
        {
            return true;
        }

        try
        {
            using var stream = new BufferedStream(File.OpenRead(path));
            return OnnxSignature.Read(stream).Inputs is not [{ Dimensions: [_, not null] }];
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new BundleException($"{Path.GetFileName(path)}: {e.Message}", e);
        }
    }

    private BundleSource Describe(string what, string path)
    {
        var name = Path.GetFileName(path);
        var file = FileDigest.Describe(Path.GetDirectoryName(Path.GetFullPath(path))!, name);
        return new BundleSource(what, recipe.Locations.GetValueOrDefault(name, name), file.Bytes, file.Sha256, "MIT");
    }

    private static string Name(ClipPrecision precision) =>
        precision switch
        {
            ClipPrecision.Fp32 => "fp32",
            ClipPrecision.Fp16 => "fp16",
            _ => "int8",
        };

    private static string Name(ClipGraphStyle style) => style == ClipGraphStyle.Plain ? "plain" : "fused";
}
