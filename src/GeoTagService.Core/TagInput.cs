namespace GeoTagService.Core;

/// <summary>One item to tag, as the edge read it: presence checked, values not yet.</summary>
public sealed record TagInput
{
    /// <summary>The encoded photo (JPEG, PNG, WebP, GIF, BMP), or null when there is none.</summary>
    public ReadOnlyMemory<byte>? Image { get; init; }

    /// <summary>The photo's title as written, or null when there is none.</summary>
    public string? Title { get; init; }

    /// <summary>Degrees north, −90..90; goes with <see cref="Longitude"/>.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees east, −180..180; goes with <see cref="Latitude"/>.</summary>
    public double? Longitude { get; init; }

    /// <summary>OS ("TQ 30 80") or Irish ("O1234") grid reference, or null.</summary>
    public string? GridReference { get; init; }

    /// <summary>What to use and return.</summary>
    public TagOptions Options { get; init; } = TagOptions.Default;
}

/// <summary>Options of one tagging request.</summary>
public sealed record TagOptions
{
    /// <summary>All defaults.</summary>
    public static TagOptions Default { get; } = new();

    /// <summary>A head of the bundle by name, or null / <c>auto</c> to let the service choose.</summary>
    public string? Head { get; init; }

    /// <summary>One threshold for all tags, in (0, 1), or null for the head's own.</summary>
    public double? Threshold { get; init; }

    /// <summary>Thresholds by tag id that override <see cref="Threshold"/>, or null.</summary>
    public IReadOnlyDictionary<string, double>? TagThresholds { get; init; }

    /// <summary>Whether to split each chosen tag's logit into what bias, image, title and location gave.</summary>
    public bool Explain { get; init; }

    /// <summary>Whether to split the logit of every tag, not only of the chosen ones; implies <see cref="Explain"/>.</summary>
    public bool ExplainAll { get; init; }

    /// <summary>How long the client will wait, or null. An item that cannot be served by then is refused at the door or
    /// dropped before its run (<see cref="TaggingErrorCode.DeadlineExceeded"/>).</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Where the title is taken from when none is given. Default nowhere.</summary>
    public TitleFrom TitleFrom { get; init; }

    /// <summary>Whether to turn the photo as its EXIF orientation says (default), or ignore it as the reference does.</summary>
    public bool ApplyOrientation { get; init; } = true;
}

/// <summary>Where a place came from.</summary>
public enum LocationSource
{
    /// <summary>The request's lat and lon.</summary>
    Coordinates,

    /// <summary>The request's grid reference.</summary>
    GridReference,

    /// <summary>The photo's EXIF GPS block.</summary>
    Exif,
}

/// <summary>The place that an item was resolved to.</summary>
/// <param name="Position">WGS84.</param>
/// <param name="GridReference">OS or Irish grid reference of the position, or null outside both grids.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="InTrainedArea">False when the place lies outside what heads were trained on and was left out.</param>
public sealed record ResolvedLocation(GeoPosition Position, string? GridReference, LocationSource Source, bool InTrainedArea);

/// <summary>Raw projections of one item, as the encoders gave them; null where the item has no such part.</summary>
/// <param name="Image">Image embedding, raw (not normalised), or null.</param>
/// <param name="Title">Title embedding, raw (not normalised), or null.</param>
public sealed record ItemEmbeddings(float[]? Image, float[]? Title)
{
    /// <summary>The parts that are present.</summary>
    public Modalities Present =>
        (Image is null ? Modalities.None : Modalities.Image) | (Title is null ? Modalities.None : Modalities.Title);
}
