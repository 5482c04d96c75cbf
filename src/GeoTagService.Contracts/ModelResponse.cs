using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>One of the tags that the model knows.</summary>
/// <param name="Id">Stable id: <c>tag1077</c>.</param>
/// <param name="Name">Geograph's name.</param>
/// <param name="Group">Geograph's group.</param>
/// <param name="HeadRow">Row in every head's output, from 0.</param>
/// <param name="Description">What photos under this tag show.</param>
public sealed record CatalogueTag(string Id, string Name, string Group, int HeadRow, string Description);

/// <summary>The tags that the model knows.</summary>
/// <param name="Tags">In the order of the heads' output rows.</param>
public sealed record TagCatalogueResponse(IReadOnlyList<CatalogueTag> Tags);

/// <summary>What serves: model, engine, heads, limits.</summary>
public sealed record ModelResponse
{
    /// <summary>The bundle's name.</summary>
    public required string Name { get; init; }

    /// <summary>The bundle's semantic version.</summary>
    public required string Version { get; init; }

    /// <summary>SHA-256 of the bundle's manifest, hexadecimal.</summary>
    public required string Digest { get; init; }

    /// <summary><c>production</c>, or <c>demonstration</c>: not for use.</summary>
    public required ModelPurpose Purpose { get; init; }

    /// <summary>One sentence for people.</summary>
    public string? Description { get; init; }

    /// <summary>For a demonstration model: the one command that installs the real one.</summary>
    public string? InstallationCommand { get; init; }

    /// <summary>Where and how the encoders run.</summary>
    public required ModelRuntime Runtime { get; init; }

    /// <summary>Sizes of the encoders.</summary>
    public required ModelGeometry Geometry { get; init; }

    /// <summary>The heads, and for which requests each is the default.</summary>
    public required IReadOnlyList<ModelHead> Heads { get; init; }

    /// <summary>What knows places; absent where the bundle has nothing that does.</summary>
    public ModelPlaces? LocationEncoder { get; init; }

    /// <summary>What requests may hold.</summary>
    public required ServiceLimits Limits { get; init; }

    /// <summary>What the bundle was made from.</summary>
    public required IReadOnlyList<ModelSource> Provenance { get; init; }
}

/// <summary>Where and how the encoders run.</summary>
/// <param name="Engine">Engine and version.</param>
/// <param name="ExecutionProvider">The active one: <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Precision"><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
/// <param name="Threads">Threads of one inference.</param>
public sealed record ModelRuntime(string Engine, string ExecutionProvider, string Precision, int Threads);

/// <summary>Sizes of the encoders.</summary>
/// <param name="ImageSize">Edge of the square that photos are cropped to, pixels.</param>
/// <param name="ContextLength">Longest title, tokens.</param>
/// <param name="VocabularySize">Number of tokens known.</param>
/// <param name="EmbeddingDimension">Length of both embeddings.</param>
public sealed record ModelGeometry(int ImageSize, int ContextLength, int VocabularySize, int EmbeddingDimension);

/// <summary>What knows places.</summary>
/// <param name="Dimension">Length of a place's embedding.</param>
/// <param name="Photos">Photos that it learnt from.</param>
/// <param name="Source">What they were.</param>
public sealed record ModelPlaces(int Dimension, int Photos, string Source);

/// <summary>A head.</summary>
/// <param name="Name">Name to ask for.</param>
/// <param name="Modalities">The parts that it uses.</param>
/// <param name="Kind"><c>linear</c> or <c>mlp</c>.</param>
/// <param name="MixUp">Whether it was trained with MixUp.</param>
/// <param name="Threshold">The threshold of all tags, 0 to 1; null when they differ.</param>
/// <param name="TagThresholds">The threshold by tag id, when they differ.</param>
/// <param name="Metrics">Published quality.</param>
/// <param name="DefaultFor">The combinations of parts for which <c>head=auto</c> takes it.</param>
public sealed record ModelHead(
    string Name,
    IReadOnlyList<Modality> Modalities,
    string Kind,
    bool MixUp,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] float? Threshold,
    IReadOnlyDictionary<string, float>? TagThresholds,
    ModelMetrics Metrics,
    IReadOnlyList<IReadOnlyList<Modality>> DefaultFor
);

/// <summary>Published quality of a head, each 0 to 1; null where not published.</summary>
/// <param name="ExactMatch">Share of photos whose whole set of tags was right, on the photos of <c>split</c>, by <c>rule</c>.</param>
/// <param name="MacroF1">F1 averaged over the tags, same photos and rule.</param>
/// <param name="KaggleScore">Public score of the Kaggle competition (exact match with the fallback).</param>
/// <param name="ExactMatchWithFallback">Exact match on the same photos where the most probable tag stands in when none passes its
/// threshold.</param>
/// <param name="MacroF1WithFallback">F1 averaged over the tags, likewise.</param>
/// <param name="Rule"><c>threshold</c>: tags above their threshold, maybe none; <c>fallback</c>: else the most probable one. Absent where
/// not stated.</param>
/// <param name="Split">The photos measured on; the same words mean the same photos. Absent where not stated.</param>
/// <param name="Further">The same head on other photos, the latest first. Absent for none.</param>
public sealed record ModelMetrics(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? ExactMatch,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? MacroF1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] double? KaggleScore,
    double? ExactMatchWithFallback = null,
    double? MacroF1WithFallback = null,
    string? Rule = null,
    string? Split = null,
    IReadOnlyList<ModelFigures>? Further = null
);

/// <summary>Quality of a head on other photos, each 0 to 1.</summary>
/// <param name="Split">The photos measured on; the same words mean the same photos.</param>
/// <param name="ExactMatch">Share of photos whose whole set of tags was right, by thresholds alone.</param>
/// <param name="MacroF1">F1 averaged over the tags, likewise.</param>
/// <param name="ExactMatchWithFallback">Exact match where the most probable tag stands in when none passes its threshold.</param>
/// <param name="MacroF1WithFallback">F1 averaged over the tags, likewise.</param>
public sealed record ModelFigures(
    string Split,
    double ExactMatch,
    double MacroF1,
    double ExactMatchWithFallback,
    double MacroF1WithFallback
);

/// <summary>What requests may hold.</summary>
/// <param name="MaxImageBytes">Most bytes of a photo's file.</param>
/// <param name="MaxImagePixels">Most pixels of a photo (width × height).</param>
/// <param name="MaxTitleCharacters">Most characters of a title that are looked at.</param>
/// <param name="MaxFieldBytes">Most bytes of any other field.</param>
/// <param name="MaxItemsPerJsonBody">Most items of one JSON body; NDJSON has no such limit.</param>
public sealed record ServiceLimits(
    long MaxImageBytes,
    long MaxImagePixels,
    int MaxTitleCharacters,
    long MaxFieldBytes,
    int MaxItemsPerJsonBody
);

/// <summary>Something that the bundle was made from.</summary>
/// <param name="What">E.g. <c>CLIP weights</c>.</param>
/// <param name="Location">Public address or file name.</param>
/// <param name="Sha256">Its digest.</param>
/// <param name="License">Its licence, where known.</param>
public sealed record ModelSource(string What, string? Location, string Sha256, string? License);
