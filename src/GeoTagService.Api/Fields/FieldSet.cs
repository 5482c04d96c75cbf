using System.Text.Json;

namespace GeoTagService.Api.Fields;

/// <summary>The fields that mean something to one operation.</summary>
internal sealed class FieldSet
{
    private static readonly RequestField[] OfPlace = [RequestFields.Lat, RequestFields.Lon, RequestFields.GridReference];
    private static readonly RequestField[] OfDecision =
    [
        RequestFields.Head,
        RequestFields.Threshold,
        RequestFields.Explain,
        RequestFields.Top,
    ];

    private readonly string[] _passedOver;

    private FieldSet(RequestField[] text, RequestField[] onlyInJson, params string[] passedOver)
    {
        Text = text;
        Json = [.. onlyInJson, .. text];
        HasPhoto = onlyInJson.Contains(RequestFields.Image);
        _passedOver = passedOver;
    }

    /// <summary><c>POST /v1/tags</c>, and the items of <c>POST /v1/tags/batch</c>.</summary>
    public static FieldSet Tagging { get; } =
        new(
            [RequestFields.Title, RequestFields.TitleFrom, .. OfPlace, .. OfDecision, RequestFields.ApplyOrientation],
            [RequestFields.Id, RequestFields.Image]
        );

    /// <summary><c>POST /v1/tags/evidence</c>.</summary>
    public static FieldSet Evidence { get; } =
        new(
            [
                RequestFields.Tag,
                RequestFields.Title,
                RequestFields.TitleFrom,
                .. OfPlace,
                RequestFields.Head,
                RequestFields.ApplyOrientation,
            ],
            [RequestFields.Id, RequestFields.Image]
        );

    /// <summary><c>GET /v1/places</c>.</summary>
    public static FieldSet Place { get; } = new(OfPlace, []);

    /// <summary><c>GET /v1/places/map</c>.</summary>
    public static FieldSet TagMap { get; } = new([RequestFields.Tag, RequestFields.Square], []);

    /// <summary><c>POST /v1/embeddings</c>.</summary>
    public static FieldSet Embedding { get; } =
        new(
            [RequestFields.Title, RequestFields.ApplyOrientation, RequestFields.Normalize, RequestFields.Encoding],
            [RequestFields.Id, RequestFields.Image]
        );

    /// <summary>The items of <c>POST /v1/tags/from-embeddings</c>. What <c>POST /v1/embeddings</c> says beside the embeddings may
    /// come back with them.</summary>
    public static FieldSet Embedded { get; } =
        new(
            [],
            [RequestFields.Id, RequestFields.ImageVector, RequestFields.TitleVector, .. OfPlace, .. OfDecision],
            "dimension",
            "normalized",
            "model",
            "warnings"
        );

    /// <summary>Options that a batch's query sets for all of its items.</summary>
    public static FieldSet BatchOptions { get; } = new([.. OfDecision, RequestFields.ApplyOrientation], []);

    /// <summary>Whether a photo goes with them.</summary>
    public bool HasPhoto { get; }

    /// <summary>The fields of forms and queries, beside the photo.</summary>
    public IReadOnlyList<RequestField> Text { get; }

    /// <summary>The members of JSON objects.</summary>
    public IReadOnlyList<RequestField> Json { get; }

    /// <summary>The names of a form's fields, for people.</summary>
    public IEnumerable<string> TextNames =>
        HasPhoto ? [RequestFields.Image.Name, .. Text.Select(known => known.Name)] : Text.Select(known => known.Name);

    /// <summary>A form's or query's field; names there may be written in any case.</summary>
    public RequestField? Find(string name)
    {
        foreach (var field in Text)
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return field;
            }
        }

        return HasPhoto && RequestFields.Image.Name.Equals(name, StringComparison.OrdinalIgnoreCase) ? RequestFields.Image : null;
    }

    /// <summary>The member whose name the reader stands on.</summary>
    public RequestField? Find(ref Utf8JsonReader reader)
    {
        foreach (var field in Json)
        {
            if (reader.ValueTextEquals(field.Utf8Name))
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>Whether a member that means nothing is no surprise either.</summary>
    public bool PassesOver(string name) => _passedOver.Contains(name, StringComparer.Ordinal);
}
