using System.Numerics.Tensors;
using System.Text.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Fields;

/// <summary>
/// What has been read of one item so far, whichever form it comes in. Only the form of values is checked; ranges and what fits
/// together are the workshop's business. What an item leaves open comes from its query.
/// </summary>
/// <param name="fields">The fields that mean something.</param>
/// <param name="query">What the request's query gave, or null.</param>
internal sealed class RequestDraft(FieldSet fields, RequestDraft? query = null)
{
    /// <summary>A hostile request cannot make the warning long.</summary>
    private const int MostUnknown = 8;

    private const int LongestName = 40;

    private Dictionary<RequestField, string>? _texts;
    private List<string>? _unknown;
    private ulong _members;

    /// <summary>The fields that mean something.</summary>
    public FieldSet Fields { get; } = fields;

    public string? Id { get; set; }

    public UploadBuffer? Photo { get; set; }

    /// <summary>A photo that was written as text, decoded.</summary>
    public ReadOnlyMemory<byte>? PhotoOfText { get; set; }

    /// <summary>Where the photo is to be fetched from.</summary>
    public string? PhotoAddress { get; set; }

    public string? Title { get; set; }

    public TitleFrom? TitleFrom { get; set; }

    public double? Lat { get; set; }

    public double? Lon { get; set; }

    public string? GridReference { get; set; }

    public string? Head { get; set; }

    public ThresholdChoice? Threshold { get; set; }

    public ExplainChoice? Explain { get; set; }

    public int? Top { get; set; }

    public bool? ApplyOrientation { get; set; }

    public bool? Normalize { get; set; }

    public EmbeddingEncoding? Encoding { get; set; }

    public string? Tag { get; set; }

    /// <summary>Edge of squares, metres.</summary>
    public int? Square { get; set; }

    public EmbeddingVector? ImageVector { get; set; }

    public EmbeddingVector? TitleVector { get; set; }

    /// <summary>Memory of its vectors.</summary>
    public long VectorBytes => sizeof(float) * ((long)(ImageVector?.Values.Length ?? 0) + (TitleVector?.Values.Length ?? 0));

    /// <summary>Names that mean nothing here: worth a warning, since <c>lng</c> for <c>lon</c> changes the answer.</summary>
    public IReadOnlyList<string> Unknown => _unknown ?? [];

    /// <summary>Takes a field of a form or a query.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public TaggingError? Set(string name, string text)
    {
        if (Fields.Find(name) is not { } field)
        {
            AddUnknown(name);
            return null;
        }

        if (!(_texts ??= []).TryAdd(field, text))
        {
            return _texts[field] == text
                ? null
                : new TaggingError(TaggingErrorCode.Malformed, field.Name, $"'{field.Name}' is given twice, with different values.");
        }

        if (text.Length == 0 && !field.TakesEmptyText)
        {
            return null;
        }

        try
        {
            return field.FromText!(text, this) ? null : field.UnreadableText();
        }
        catch (JsonException)
        {
            return field.UnreadableText();
        }
    }

    /// <summary>Takes the fields of a query, or of a urlencoded form.</summary>
    /// <returns>What is wrong with one of them, or null.</returns>
    public TaggingError? SetEscaped(string? query)
    {
        foreach (var pair in StrictText.Split(query))
        {
            if (!StrictText.TryUnescape(pair.EncodedName.Span, out var name))
            {
                return new TaggingError(TaggingErrorCode.InvalidText, null, "A field's name is not valid UTF-8.");
            }

            if (!StrictText.TryUnescape(pair.EncodedValue.Span, out var value))
            {
                return new TaggingError(TaggingErrorCode.InvalidText, name, $"'{name}' is not valid UTF-8.");
            }

            if (Set(name, value) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    /// <summary>Takes note that a member of the JSON object comes.</summary>
    /// <returns>The fault when it has come before, or null.</returns>
    public TaggingError? Begin(RequestField field)
    {
        for (var i = 0; i < Fields.Json.Count; i++)
        {
            if (Fields.Json[i] == field)
            {
                var bit = 1UL << i;
                var again = (_members & bit) != 0;
                _members |= bit;
                return again ? new TaggingError(TaggingErrorCode.Malformed, field.Name, $"'{field.Name}' is given twice.") : null;
            }
        }

        return null;
    }

    /// <summary>Notes a name that means nothing here.</summary>
    public void AddUnknown(string name)
    {
        if (!Fields.PassesOver(name) && (_unknown ??= []).Count < MostUnknown)
        {
            _unknown.Add(name.Length <= LongestName ? name : name[..LongestName] + "…");
        }
    }

    /// <summary>The warnings about names that mean nothing here.</summary>
    public IEnumerable<TagWarning> Warnings() =>
        [
            .. query?.Warnings() ?? [],
            .. Unknown.Count == 0
                ? []
                : new[]
                {
                    new TagWarning(
                        "unknown-field",
                        Unknown[0],
                        $"Not known here and ignored: {string.Join(", ", Unknown)}. Known are {string.Join(", ", Known)}."
                    ),
                },
        ];

    /// <summary>The heads were trained on raw projections, whose lengths are near 10: a vector of length one was divided by its
    /// length on the way, and its scores come out far too even.</summary>
    public IEnumerable<TagWarning> VectorWarnings()
    {
        foreach (var (field, vector) in new[] { (RequestFields.ImageVector, ImageVector), (RequestFields.TitleVector, TitleVector) })
        {
            if (vector is not null && MathF.Abs(TensorPrimitives.Norm<float>(vector.Values) - 1) < 1e-3f)
            {
                yield return new TagWarning(
                    "embedding-normalized",
                    field.Name,
                    $"'{field.Name}' has length 1, as if it had been normalised; the heads need raw embeddings."
                );
            }
        }
    }

    /// <summary>What is to be tagged.</summary>
    public TagInput ToInput()
    {
        var hasPlace = Lat is not null || Lon is not null || GridReference is not null || query is null;
        return new TagInput
        {
            Image = Photo?.Memory ?? PhotoOfText,
            Title = Title ?? query?.Title,
            Latitude = hasPlace ? Lat : query!.Lat,
            Longitude = hasPlace ? Lon : query!.Lon,
            GridReference = Given(hasPlace ? GridReference : query!.GridReference),
            Options = ToOptions(),
        };
    }

    /// <summary>The tag that is looked for, or null.</summary>
    public string? TagToFind => Given(Tag) ?? query?.TagToFind;

    /// <summary>How many of the most probable tags are listed, or null.</summary>
    public int? ToTop => Top ?? query?.ToTop;

    /// <summary>Whether vectors are divided by their length.</summary>
    public bool ToNormalize => Normalize ?? query?.ToNormalize ?? false;

    /// <summary>How vectors are written.</summary>
    public EmbeddingEncoding ToEncoding => Encoding ?? query?.ToEncoding ?? EmbeddingEncoding.Numbers;

    private IEnumerable<string> Known => _members == 0 ? Fields.TextNames : Fields.Json.Select(known => known.Name);

    private TagOptions ToOptions()
    {
        var defaults = query?.ToOptions() ?? TagOptions.Default;
        return new TagOptions
        {
            Head = Given(Head) ?? defaults.Head,
            Threshold = Threshold is null ? defaults.Threshold : Threshold.Default,
            TagThresholds = Threshold is null ? defaults.TagThresholds : Threshold.ByTag,
            Explain = Explain is null ? defaults.Explain : Explain != ExplainChoice.None,
            ExplainAll = Explain is null ? defaults.ExplainAll : Explain == ExplainChoice.All,
            ApplyOrientation = ApplyOrientation ?? defaults.ApplyOrientation,
            TitleFrom = TitleFrom ?? defaults.TitleFrom,
        };
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
