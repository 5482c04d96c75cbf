using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>What every item says beside its photo and title: whose it is, where it was taken, and how it is to be tagged.</summary>
public abstract record PlacedItem
{
    /// <summary>The caller's own id, returned with the result.</summary>
    [JsonConverter(typeof(ItemIdConverter))]
    public string? Id { get; init; }

    /// <summary>Degrees north, WGS84, -90 to 90; goes with <c>lon</c>.</summary>
    public double? Lat { get; init; }

    /// <summary>Degrees east, WGS84, -180 to 180; goes with <c>lat</c>.</summary>
    public double? Lon { get; init; }

    /// <summary>National ("SJ 96 88") or Irish ("O1234") grid reference.</summary>
    public string? GridReference { get; init; }

    /// <summary>A head by name, or <c>auto</c>.</summary>
    public string? Head { get; init; }

    /// <summary>One number for all tags, or an object of tag ids and numbers (<c>default</c> for the others).</summary>
    public ThresholdChoice? Threshold { get; init; }

    /// <summary>Whether to say what spoke for the chosen tags (<c>true</c>), for every tag (<c>"all"</c>), or for none.</summary>
    public ExplainChoice? Explain { get; init; }

    /// <summary>How many of the most probable tags to list by name, chosen or not: 1 to 49. Default none.</summary>
    public int? Top { get; init; }

    /// <summary>Names that mean nothing here; they are answered with a warning.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>One photo, title, or both, with its place and options: a line of <c>POST /v1/tags/batch</c>, or the JSON
/// body of <c>POST /v1/tags</c>. At least an image or a title.</summary>
public sealed record TagItem : PlacedItem
{
    /// <summary>The photo's file (JPEG, PNG, WebP, GIF, BMP), base64.</summary>
    public byte[]? Image { get; init; }

    /// <summary>The photo's title.</summary>
    public string? Title { get; init; }

    /// <summary>Where the title is taken from when none is given: <c>none</c> (default), or <c>metadata</c>, the photo's own.</summary>
    public string? TitleFrom { get; init; }

    /// <summary>Whether to turn the photo as its EXIF orientation says (default true).</summary>
    public bool? ApplyOrientation { get; init; }
}

/// <summary>Embeddings computed earlier by this model's encoders, with place and options: the JSON body, or a line, of
/// <c>POST /v1/tags/from-embeddings</c>. At least an image or a title embedding, raw (not normalised).</summary>
public sealed record EmbeddedItem : PlacedItem
{
    /// <summary>The photo's embedding: numbers, or base64 of little-endian float32.</summary>
    public EmbeddingVector? Image { get; init; }

    /// <summary>The title's embedding: numbers, or base64 of little-endian float32.</summary>
    public EmbeddingVector? Title { get; init; }
}

/// <summary>Many <see cref="EmbeddedItem"/>s in one JSON body.</summary>
public sealed record EmbeddedItems
{
    /// <summary>The items, 1 to 4,096; more go as NDJSON.</summary>
    public required IReadOnlyList<EmbeddedItem> Items { get; init; }
}

/// <summary>One item's outcome, in the order of the items that were sent. Either <c>result</c> or <c>error</c>.</summary>
/// <param name="Index">Position of the item, from 0.</param>
/// <param name="Id">The caller's id, when one was given.</param>
/// <param name="Result">The tags, when the item could be tagged.</param>
/// <param name="Error">What was wrong with the item, when it could not.</param>
public sealed record BatchLine(long Index, string? Id = null, TagResponse? Result = null, TagProblem? Error = null);

/// <summary>The last line of a batch: without it, the answer was cut short.</summary>
/// <param name="Totals">How many items there were.</param>
public sealed record BatchEnd(BatchTotals Totals);

/// <summary>How many items there were; tagged and failed add up to items.</summary>
/// <param name="Items">Items received.</param>
/// <param name="Tagged">Items with a result.</param>
/// <param name="Failed">Items with an error.</param>
/// <param name="Complete">False when the request itself broke off; the last item's error says why.</param>
public sealed record BatchTotals(long Items, long Tagged, long Failed, bool Complete = true);

/// <summary>Outcomes of many items in one JSON body.</summary>
/// <param name="Items">One outcome per item, in order.</param>
/// <param name="Totals">How many items there were.</param>
public sealed record BatchResponse(IReadOnlyList<BatchLine> Items, BatchTotals Totals);

/// <summary>Embeddings of one photo, title, or both.</summary>
public sealed record EmbeddingResponse
{
    /// <summary>The photo's embedding, or null when no photo was sent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public EmbeddingVector? Image { get; init; }

    /// <summary>The title's embedding, or null when no title was sent.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public EmbeddingVector? Title { get; init; }

    /// <summary>Length of each embedding.</summary>
    public required int Dimension { get; init; }

    /// <summary>Whether the embeddings were divided by their Euclidean length. The heads need them raw.</summary>
    public required bool Normalized { get; init; }

    /// <summary>The model that answered; embeddings of different models do not mix.</summary>
    public required ModelStamp Model { get; init; }

    /// <summary>What the caller should know; empty when there is nothing.</summary>
    public required IReadOnlyList<Notice> Warnings { get; init; }
}
