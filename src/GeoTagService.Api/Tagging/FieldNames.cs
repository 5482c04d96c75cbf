namespace GeoTagService.Api.Tagging;

/// <summary>The fields' names on the wire, in forms, queries and errors alike.</summary>
internal static class FieldNames
{
    public const string Image = "image";
    public const string Title = "title";
    public const string Lat = "lat";
    public const string Lon = "lon";
    public const string GridReference = "gridReference";
    public const string Head = "head";
    public const string Threshold = "threshold";
    public const string Explain = "explain";
    public const string ApplyOrientation = "applyOrientation";
    public const string Normalize = "normalize";
    public const string Encoding = "encoding";
    public const string Item = "item";
    public const string Tag = "tag";

    /// <summary>What <c>POST /v1/tags</c> takes beside the photo.</summary>
    public static IReadOnlyList<string> Tagging { get; } =
        [Title, Lat, Lon, GridReference, Head, Threshold, Explain, ApplyOrientation];

    /// <summary>What <c>POST /v1/tags/evidence</c> takes beside the photo.</summary>
    public static IReadOnlyList<string> Evidence { get; } =
        [Tag, Title, Lat, Lon, GridReference, Head, ApplyOrientation];

    /// <summary>What <c>POST /v1/embeddings</c> takes beside the photo.</summary>
    public static IReadOnlyList<string> Embedding { get; } = [Title, ApplyOrientation, Normalize, Encoding];

    /// <summary>Options that a batch's query sets for all of its items.</summary>
    public static IReadOnlyList<string> BatchOptions { get; } = [Head, Threshold, Explain, ApplyOrientation];
}
