using GeoTagService.Core;

namespace GeoTagService.Bulk;

/// <summary>One row of a list: what is to be tagged, or why the row cannot be read.</summary>
public sealed record ListItem
{
    /// <summary>Number of the row in the whole list, from 0.</summary>
    public required long Position { get; init; }

    /// <summary>The row's own id; its position where it has none.</summary>
    public required string Id { get; init; }

    /// <summary>The photo's file as the row names it, or null.</summary>
    public string? Image { get; init; }

    /// <summary>Where the photo's path starts; null for the root of its list.</summary>
    public string? Folder { get; init; }

    /// <summary>Where the photo lies within a larger file; null where it is a file by itself.</summary>
    internal PhotoSpan? Span { get; init; }

    /// <summary>The photo's title, or null.</summary>
    public string? Title { get; init; }

    /// <summary>Degrees north, or null.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees east, or null.</summary>
    public double? Longitude { get; init; }

    /// <summary>British or Irish grid reference, or null.</summary>
    public string? GridReference { get; init; }

    /// <summary>Raw image embedding computed earlier, or null.</summary>
    public float[]? ImageEmbedding { get; init; }

    /// <summary>Raw title embedding computed earlier, or null.</summary>
    public float[]? TitleEmbedding { get; init; }

    /// <summary>Why the row cannot be tagged, or null.</summary>
    public ListFault? Fault { get; init; }

    /// <summary>The photo where it was read already, or null.</summary>
    public PhotoRead? Photo { get; init; }

    /// <summary>Key of an item that the list has no more and whose result is kept; null for every other.</summary>
    public UInt128? Vanished { get; init; }

    /// <summary>Whether the row has a photo, wherever that lies.</summary>
    public bool HasPhoto => Image is not null || Span is not null || Photo is not null;

    /// <summary>Whether the row carries embeddings instead of a photo and a title.</summary>
    public bool IsEmbedded => ImageEmbedding is not null || TitleEmbedding is not null;
}

/// <summary>Why an item was rejected.</summary>
/// <param name="Code">Stable identifier, as the API's: <c>invalid-image</c>, <c>malformed</c> …</param>
/// <param name="Field">The field to blame, or null.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record ListFault(string Code, string? Field, string Detail)
{
    private static readonly HashSet<string> PassingCodes =
    [
        .. new[]
        {
            TaggingErrorCode.Overloaded,
            TaggingErrorCode.NotReady,
            TaggingErrorCode.DeadlineExceeded,
            TaggingErrorCode.InferenceFailed,
            TaggingErrorCode.UploadTimedOut,
            TaggingErrorCode.UploadTooSlow,
        }.Select(code => code.ToName()),
    ];

    /// <summary>Whether the item may well be tagged at the next try: the network, the disk or the machine failed, not the item.</summary>
    public bool IsPassing { get; init; } = PassingCodes.Contains(Code);

    /// <summary>What the tagger refused.</summary>
    public static ListFault Of(TaggingError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new ListFault(error.Code.ToName(), error.Field, error.Detail);
    }

    /// <summary>What was wrong with a photo's file; the path as it was looked for, since rows name it relative to something.</summary>
    public static ListFault OfPhoto(string path, TaggingError error)
    {
        var fault = Of(error);
        var looked = path.Contains('\0', StringComparison.Ordinal) ? path : Path.GetFullPath(path);
        return fault with { Detail = $"{looked}: {fault.Detail}" };
    }
}

/// <summary>What tagging an item gave: scores, or a fault.</summary>
/// <param name="Scores">The scores, or null.</param>
/// <param name="Fault">What was wrong, or null.</param>
public readonly record struct ListOutcome(ListScores? Scores, ListFault? Fault)
{
    /// <summary>The photo's content that was tagged; null where there was none or it could not be read.</summary>
    public PhotoStamp? Photo { get; init; }

    /// <summary>The outcome of an item that was scored.</summary>
    public static implicit operator ListOutcome(ListScores scores) => new(scores, null);

    /// <summary>The outcome of an item that was rejected.</summary>
    public static implicit operator ListOutcome(ListFault fault) => new(null, fault);
}

/// <summary>An item's scores.</summary>
/// <param name="Probabilities">One per tag in head-row order, 0 to 1.</param>
/// <param name="Place">Degrees north and east and the grid reference, or null where the item has no place.</param>
/// <param name="Head">The head that scored.</param>
/// <param name="Warnings">Codes of what the user should know.</param>
public sealed record ListScores(float[] Probabilities, ListPlace? Place, string Head, IReadOnlyList<string> Warnings);

/// <summary>Where an item was taken.</summary>
/// <param name="Latitude">Degrees north, WGS84.</param>
/// <param name="Longitude">Degrees east, WGS84.</param>
/// <param name="GridReference">British or Irish; null outside both grids.</param>
public sealed record ListPlace(double Latitude, double Longitude, string? GridReference);
