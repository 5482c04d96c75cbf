using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Bundles;

/// <summary>Where a bundle's encoders come from.</summary>
public abstract record ClipSource;

/// <summary>A weights file (.pt, .bin, .safetensors), converted.</summary>
/// <param name="Path">Path of the file; a config.json beside it may state the attention heads.</param>
public sealed record ClipWeightsFile(string Path) : ClipSource;

/// <summary>Weights already open, converted. The caller keeps and disposes them.</summary>
/// <param name="Weights">The weights.</param>
/// <param name="Origin">What they are, for the provenance.</param>
public sealed record ClipOpenWeights(IClipWeights Weights, BundleSource Origin) : ClipSource;

/// <summary>Two ONNX files, adopted as they are.</summary>
/// <param name="VisionPath">Photo tower.</param>
/// <param name="TextPath">Title tower.</param>
/// <param name="Geometry">Geometry of both, which the files need not state.</param>
public sealed record ClipOnnxPair(string VisionPath, string TextPath, BundleGeometry Geometry) : ClipSource;

/// <summary>What a bundle is to be made from.</summary>
public sealed record BundleRecipe
{
    /// <summary>The encoders.</summary>
    public required ClipSource Clip { get; init; }

    /// <summary>A residual network for photographs (.safetensors, see <see cref="Weights.ResidualNetwork"/>) to put beside
    /// CLIP's photo tower; null, the default, for CLIP's alone.</summary>
    public string? PhotoNetworkPath { get; init; }

    /// <summary>CLIP's merges file, gzipped or plain.</summary>
    public required string VocabularyPath { get; init; }

    /// <summary>Directory of the heads: .pth, .safetensors or .onnx files named as published
    /// (<c>mlp-img-txt-loc-mixup</c>), and an optional <c>heads.json</c>, see <see cref="HeadNotes"/>.</summary>
    public required string HeadsDirectory { get; init; }

    /// <summary>The bundle's directory, which must not exist yet.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Name of the model. Default <c>clip-vit-b32</c>.</summary>
    public string Name { get; init; } = "clip-vit-b32";

    /// <summary>Semantic version. Default <c>1.0.0</c>.</summary>
    public string Version { get; init; } = "1.0.0";

    /// <summary>What it is for. Default production.</summary>
    public BundlePurpose Purpose { get; init; } = BundlePurpose.Production;

    /// <summary>One sentence for people.</summary>
    public string? Description { get; init; }

    /// <summary>Which variants of the encoders to write. Default fp32. An adopted ONNX pair has fp32 alone.</summary>
    public IReadOnlyList<ClipPrecision> Precisions { get; init; } = [ClipPrecision.Fp32];

    /// <summary>Which operators they are written with. Default fused: as fast as plain on a CPU, made for a GPU.</summary>
    public ClipGraphStyle Style { get; init; } = ClipGraphStyle.Fused;

    /// <summary>Normalisation of the pixels. Default CLIP's.</summary>
    public BundlePreprocessing Preprocessing { get; init; } =
        new([0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    /// <summary>Where the parts were fetched from, by file name; a file without an entry is named alone.</summary>
    public IReadOnlyDictionary<string, string> Locations { get; init; } = new Dictionary<string, string>();
}
