using System.Text.Json.Serialization;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Bundles;

/// <summary>What a bundle is for.</summary>
public enum BundlePurpose
{
    /// <summary>Real weights, for real use.</summary>
    Production,

    /// <summary>Shows how the service works; its answers are not for use.</summary>
    Demonstration,
}

/// <summary>
/// <c>bundle.json</c>: everything that a bundle says of itself. Its SHA-256 is the model version that every response
/// carries. Written by <c>GeoTagService.Models</c>, read and checked by <c>BundleReader</c>.
/// </summary>
public sealed record BundleManifest
{
    /// <summary>The schema version that this code reads and writes.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>File name of the manifest inside the bundle's directory.</summary>
    public const string FileName = "bundle.json";

    /// <summary>Version of this file's layout.</summary>
    public required int SchemaVersion { get; init; }

    /// <summary>Name of the model, e.g. <c>clip-vit-b32</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Semantic version of the bundle.</summary>
    public required string Version { get; init; }

    /// <summary>What it is for.</summary>
    public required BundlePurpose Purpose { get; init; }

    /// <summary>One sentence for people.</summary>
    public string? Description { get; init; }

    /// <summary>What it was made from.</summary>
    public required IReadOnlyList<BundleSource> Provenance { get; init; }

    /// <summary>Geometry of both towers.</summary>
    public required BundleGeometry Geometry { get; init; }

    /// <summary>Constants of the photo's normalisation.</summary>
    public required BundlePreprocessing Preprocessing { get; init; }

    /// <summary>Tag ids in head-row order.</summary>
    public required IReadOnlyList<string> Tags { get; init; }

    /// <summary>Encoder files, at least one per tower.</summary>
    public required IReadOnlyList<BundleEncoder> Encoders { get; init; }

    /// <summary>The tokeniser's merges.</summary>
    public required BundleVocabulary Vocabulary { get; init; }

    /// <summary>Heads, at least one.</summary>
    public required IReadOnlyList<BundleHead> Heads { get; init; }

    /// <summary>The encoder of places; absent where the bundle has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BundleLocationEncoder? LocationEncoder { get; init; }

    /// <summary>Every other file of the bundle.</summary>
    public required IReadOnlyList<BundleFile> Files { get; init; }
}

/// <summary>Something that a bundle was made from.</summary>
/// <param name="What">E.g. <c>CLIP weights</c>.</param>
/// <param name="Location">Public address or file name; never a path of the machine that made it.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Lower-case hexadecimal digest.</param>
/// <param name="License">Its licence, where known.</param>
public sealed record BundleSource(string What, string? Location, long Bytes, string Sha256, string? License = null);

/// <summary>Geometry of both towers, as read from the weights.</summary>
/// <param name="EmbeddingDimension">Length of both embeddings.</param>
/// <param name="Vision">Photo tower.</param>
/// <param name="Text">Title tower.</param>
public sealed record BundleGeometry(int EmbeddingDimension, VisionGeometry Vision, TextGeometry Text);

/// <summary>Photo tower.</summary>
/// <param name="ImageSize">Edge of the crop, pixels.</param>
/// <param name="PatchSize">Edge of a patch, pixels.</param>
/// <param name="Width">Model width.</param>
/// <param name="Layers">Transformer blocks.</param>
/// <param name="AttentionHeads">Attention heads a block.</param>
public sealed record VisionGeometry(int ImageSize, int PatchSize, int Width, int Layers, int AttentionHeads);

/// <summary>Title tower.</summary>
/// <param name="ContextLength">Longest token sequence.</param>
/// <param name="VocabularySize">Number of ids.</param>
/// <param name="Width">Model width.</param>
/// <param name="Layers">Transformer blocks.</param>
/// <param name="AttentionHeads">Attention heads a block.</param>
public sealed record TextGeometry(int ContextLength, int VocabularySize, int Width, int Layers, int AttentionHeads);

/// <summary>Normalisation (value / 255 − mean) / std per channel, RGB.</summary>
/// <param name="Mean">Three means.</param>
/// <param name="Std">Three standard deviations.</param>
public sealed record BundlePreprocessing(IReadOnlyList<float> Mean, IReadOnlyList<float> Std);

/// <summary>Which tower a file holds.</summary>
public enum EncoderTower
{
    /// <summary>Photos: <c>pixel_values</c> [n, 3, size, size] float32 → <c>image_embeds</c> [n, d].</summary>
    Vision,

    /// <summary>Titles: <c>input_ids</c> [n, length] int64 → <c>text_embeds</c> [n, d].</summary>
    Text,
}

/// <summary>One encoder file.</summary>
/// <param name="Tower">Which tower.</param>
/// <param name="Precision"><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
/// <param name="File">Path in the bundle.</param>
/// <param name="DynamicLength">Text tower: whether it takes any length up to the context; false wants exactly it.</param>
/// <param name="Graph">Which graph it is: <c>plain</c>, <c>fused</c>, <c>adopted</c>, or <see cref="JoinedGraph"/>.</param>
public sealed record BundleEncoder(EncoderTower Tower, string Precision, string File, bool DynamicLength = true, string Graph = "plain")
{
    /// <summary>A photo tower in which a residual network for photographs stands beside CLIP's own; standard operators.</summary>
    public const string JoinedGraph = "joined";
}

/// <summary>The merges file and the two special ids.</summary>
/// <param name="File">Path in the bundle; gzip of CLIP's merges format.</param>
/// <param name="StartToken">Id of the start token (49406).</param>
/// <param name="EndToken">Id of the end token (49407).</param>
public sealed record BundleVocabulary(string File, int StartToken, int EndToken);

/// <summary>One head.</summary>
/// <param name="Name">Unique name.</param>
/// <param name="Modalities">Parts of its input, as a list on the wire.</param>
/// <param name="Kind">Linear or MLP.</param>
/// <param name="MixUp">Trained with MixUp.</param>
/// <param name="File">Path in the bundle; inputs <c>image_embeds</c>, <c>text_embeds</c>, <c>location</c> (those used),
/// outputs <c>logits</c>, <c>probabilities</c>.</param>
/// <param name="Metrics">Published quality.</param>
/// <param name="Thresholds">One value, or one per tag in head-row order.</param>
/// <param name="Inputs">Length of its input row: what its modalities give together.</param>
/// <param name="PlacePrior">What a place adds to its logits; absent where it adds nothing.</param>
public sealed record BundleHead(
    string Name,
    [property: JsonConverter(typeof(ModalitiesJsonConverter))] Modalities Modalities,
    HeadKind Kind,
    bool MixUp,
    string File,
    HeadMetrics Metrics,
    IReadOnlyList<float> Thresholds,
    int Inputs = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BundlePlacePrior? PlacePrior = null
);

/// <summary>How much of the location encoder's log-odds at a place, against those of its photos in general, a head's logits take.</summary>
/// <param name="Encoder">SHA-256 of the location encoder's file that the weights were fitted with.</param>
/// <param name="Weights">One weight a tag in head-row order, 0 to <see cref="MostWeight"/>; 0 takes nothing.</param>
public sealed record BundlePlacePrior(string Encoder, IReadOnlyList<float> Weights)
{
    /// <summary>The largest weight.</summary>
    public const float MostWeight = 2;
}

/// <summary>The encoder of places.</summary>
/// <param name="File">Path in the bundle; input <c>coordinates</c> [n, 4], outputs <c>embedding</c> [n, d], <c>logits</c> and
/// <c>probabilities</c> [n, tags].</param>
/// <param name="Squares">Path in the bundle of photos and tags by square of 10 km that it learnt from, as CSV.</param>
/// <param name="Dimension">Length of an embedding.</param>
/// <param name="Photos">Photos that it learnt from.</param>
/// <param name="Data">What they were, in words.</param>
/// <param name="Shares">Share of each tag among them, in head-row order.</param>
/// <param name="Strengths">How many photos its expectation of each tag is worth in a square without photos around, fitted on squares
/// that were held out.</param>
/// <param name="BlockEdge">Edge in metres of those squares.</param>
/// <param name="LogLoss">Its mean log loss on them.</param>
/// <param name="LeftOut">Squares whose photos it did not learn from, in words; absent where it learnt from all.</param>
public sealed record BundleLocationEncoder(
    string File,
    string Squares,
    int Dimension,
    int Photos,
    string Data,
    IReadOnlyList<float> Shares,
    IReadOnlyList<float> Strengths,
    int BlockEdge,
    double LogLoss,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LeftOut = null
);

/// <summary>A file of the bundle.</summary>
/// <param name="Path">Relative path with forward slashes.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Lower-case hexadecimal digest.</param>
public sealed record BundleFile(string Path, long Bytes, string Sha256);
