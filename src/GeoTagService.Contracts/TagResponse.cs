using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>What one photo or title was tagged with, and how.</summary>
public sealed record TagResponse
{
    /// <summary>The chosen tags, most probable first; never empty.</summary>
    public required IReadOnlyList<TagScore> Tags { get; init; }

    /// <summary>The probability of every tag by its id, each 0 to 1, in the order of the heads' output rows.</summary>
    public required IReadOnlyDictionary<string, float> Probabilities { get; init; }

    /// <summary>With <c>top=K</c>, the K most probable tags, chosen or not, most probable first; otherwise absent.</summary>
    public IReadOnlyList<TagScore>? Top { get; init; }

    /// <summary>How the tags were chosen from the probabilities.</summary>
    public required TagDecision Decision { get; init; }

    /// <summary>The parts of the request that the head used.</summary>
    public required IReadOnlyList<Modality> Modalities { get; init; }

    /// <summary>The head that scored, and why it was this one.</summary>
    public required TagHead Head { get; init; }

    /// <summary>The photo's own title, when it was used (<c>titleFrom=metadata</c>); otherwise absent.</summary>
    public TagTitle? Title { get; init; }

    /// <summary>The place, or null when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public TagLocation? Location { get; init; }

    /// <summary>The model that answered.</summary>
    public required ModelStamp Model { get; init; }

    /// <summary>What the caller should know; empty when there is nothing.</summary>
    public required IReadOnlyList<Notice> Warnings { get; init; }

    /// <summary>What spoke for tags, by their ids: with <c>explain=true</c> for the chosen ones, with <c>explain=all</c> for
    /// every tag; otherwise absent.</summary>
    public IReadOnlyDictionary<string, TagExplanation>? Explanations { get; init; }
}

/// <summary>A chosen tag.</summary>
/// <param name="Id">Stable id: <c>tag1077</c>.</param>
/// <param name="Name">Geograph's name: <c>Canals</c>.</param>
/// <param name="Group">Geograph's group: <c>Communications</c>.</param>
/// <param name="Probability">0 to 1.</param>
public sealed record TagScore(string Id, string Name, string Group, float Probability);

/// <summary>How a tag's logit came about (log-odds: probability = 1 / (1 + e^-logit)).</summary>
/// <param name="Method"><c>exact</c>: a linear head, the parts sum to the logit. <c>leave-one-out</c>: an MLP head, each
/// part is what leaving it out would change, and they need not sum.</param>
/// <param name="Logit">The logit explained.</param>
/// <param name="Bias">The logit of an input of zeros.</param>
/// <param name="Image">What the photo gave, when the head uses one.</param>
/// <param name="Title">What the title gave, when the head uses one.</param>
/// <param name="Location">What the place gave, when the head uses one.</param>
public sealed record TagExplanation(string Method, float Logit, float Bias, float? Image, float? Title, float? Location);

/// <summary>How tags were chosen: every tag whose probability is above its threshold, and when there is none, the most
/// probable one.</summary>
/// <param name="Threshold">The threshold of all tags, 0 to 1; null when they differ.</param>
/// <param name="TagThresholds">The threshold by tag id, when they differ.</param>
/// <param name="FallbackUsed">Whether no tag passed, so that the most probable one was taken.</param>
public sealed record TagDecision(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] float? Threshold,
    IReadOnlyDictionary<string, float>? TagThresholds,
    bool FallbackUsed
);

/// <summary>The head that scored.</summary>
/// <param name="Name">Name in the bundle: <c>mlp-img-txt-loc</c>.</param>
/// <param name="Reason">Why this head.</param>
public sealed record TagHead(string Name, string Reason);

/// <summary>A title that was read from the photo.</summary>
/// <param name="Text">The title.</param>
/// <param name="Source">Where it stood.</param>
public sealed record TagTitle(string Text, TitleOrigin Source);

/// <summary>Where a photo's title stood.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TitleOrigin>))]
public enum TitleOrigin
{
    /// <summary><c>dc:title</c> of XMP.</summary>
    [JsonStringEnumMemberName("xmp")]
    Xmp,

    /// <summary>IPTC's object name.</summary>
    [JsonStringEnumMemberName("iptc")]
    Iptc,

    /// <summary>EXIF's image description, or Windows' title beside it.</summary>
    [JsonStringEnumMemberName("exif")]
    Exif,
}

/// <summary>The place that was used, or would have been.</summary>
/// <param name="Lat">Degrees north, WGS84, -90 to 90.</param>
/// <param name="Lon">Degrees east, WGS84, -180 to 180.</param>
/// <param name="GridReference">National (<c>SJ 96 88</c>) or Irish grid reference; null outside both grids.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="InTrainedArea">False when the place lies outside the area that the heads were trained on and was left
/// out.</param>
public sealed record TagLocation(
    double Lat,
    double Lon,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? GridReference,
    PlaceSource Source,
    bool InTrainedArea
);

/// <summary>The model that answered.</summary>
/// <param name="Name">The bundle's name.</param>
/// <param name="Version">The bundle's semantic version.</param>
/// <param name="Digest">SHA-256 of the bundle's manifest, hexadecimal: equal digests are equal models.</param>
/// <param name="Purpose"><c>production</c>, or <c>demonstration</c>: not for use.</param>
/// <param name="Notice">For a demonstration model: what it is and the one command that installs the real one.</param>
public sealed record ModelStamp(string Name, string Version, string Digest, ModelPurpose Purpose, string? Notice = null);

/// <summary>Something the caller should know that did not stop the item.</summary>
/// <param name="Code">Stable identifier: <c>title-truncated</c>, <c>place-outside-trained-area</c>, …</param>
/// <param name="Field">The field it concerns, when it is one.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record Notice(string Code, string? Field, string Message);

/// <summary>A part of a request that heads use.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Modality>))]
public enum Modality
{
    /// <summary>The photo.</summary>
    [JsonStringEnumMemberName("image")]
    Image,

    /// <summary>The title.</summary>
    [JsonStringEnumMemberName("title")]
    Title,

    /// <summary>The place.</summary>
    [JsonStringEnumMemberName("location")]
    Location,
}

/// <summary>Where a place came from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlaceSource>))]
public enum PlaceSource
{
    /// <summary>The request's lat and lon.</summary>
    [JsonStringEnumMemberName("coordinates")]
    Coordinates,

    /// <summary>The request's grid reference.</summary>
    [JsonStringEnumMemberName("gridReference")]
    GridReference,

    /// <summary>The photo's EXIF GPS block.</summary>
    [JsonStringEnumMemberName("exif")]
    Exif,
}

/// <summary>What a model is for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ModelPurpose>))]
public enum ModelPurpose
{
    /// <summary>Real weights, for real use.</summary>
    [JsonStringEnumMemberName("production")]
    Production,

    /// <summary>Shows how the service works; its answers are not for use.</summary>
    [JsonStringEnumMemberName("demonstration")]
    Demonstration,
}
