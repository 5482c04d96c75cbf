using GeoTagService.Core;

namespace GeoTagService.Api.Tagging;

/// <summary>The text fields of one request, from its query and its form together.</summary>
internal sealed class RequestFields(IReadOnlyList<string> known)
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private List<string>? _unknown;

    /// <summary>Fields that mean nothing here: worth a warning, since <c>lng</c> for <c>lon</c> changes the answer.</summary>
    public IReadOnlyList<string> Unknown => _unknown ?? [];

    /// <summary>A field's text; null when it was not given, or was given empty (forms send what was left blank).</summary>
    public string? this[string name] => _values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>A field's text as it was given, empty or not.</summary>
    public string? Raw(string name) => _values.GetValueOrDefault(name);

    /// <summary>Whether a field means something here.</summary>
    public bool IsKnown(string name) => known.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Notes a field that means nothing here.</summary>
    public void AddUnknown(string name)
    {
        // A hostile form cannot make the warning long.
        if ((_unknown ??= []).Count < 8)
        {
            _unknown.Add(name.Length <= 40 ? name : name[..40] + "…");
        }
    }

    /// <summary>Takes a field.</summary>
    /// <returns>The fault, when it was given before with another value.</returns>
    public TaggingError? Add(string name, string value)
    {
        if (!IsKnown(name))
        {
            AddUnknown(name);
            return null;
        }

        return _values.TryAdd(name, value) || _values[name] == value
            ? null
            : new TaggingError(TaggingErrorCode.Malformed, name, $"'{name}' is given twice, with different values.");
    }

    /// <summary>Takes the fields of a query, or of a urlencoded form.</summary>
    public TaggingError? AddEscaped(string? query)
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

            if (Add(name, value) is { } error)
            {
                return error;
            }
        }

        return null;
    }

    /// <summary>The warning about fields that mean nothing here, if there are any.</summary>
    public IEnumerable<TagWarning> Warnings() => Unknown.Count == 0
        ? []
        : [UnknownFields(Unknown, [FieldNames.Image, .. known])];

    /// <summary>The warning about fields that mean nothing.</summary>
    public static TagWarning UnknownFields(IReadOnlyCollection<string> unknown, IEnumerable<string> known) => new(
        "unknown-field",
        unknown.First(),
        $"Not known here and ignored: {string.Join(", ", unknown)}. Known are {string.Join(", ", known)}.");
}
