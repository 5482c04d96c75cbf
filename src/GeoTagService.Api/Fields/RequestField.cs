using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Core;
using Microsoft.OpenApi;

namespace GeoTagService.Api.Fields;

/// <summary>Reads a field's value from JSON. The reader stands on the value's first token and is left on its last.</summary>
/// <returns>Whether it has the form that it must have.</returns>
/// <exception cref="JsonException">It has not.</exception>
internal delegate bool JsonBinder(ref Utf8JsonReader reader, RequestDraft draft);

/// <summary>Reads a field's value from the text of a form or a query.</summary>
/// <returns>Whether it has the form that it must have.</returns>
internal delegate bool TextBinder(string text, RequestDraft draft);

/// <summary>One field of requests: everything that forms, JSON, queries, errors and the document need to know of it.</summary>
/// <param name="name">Its name on the wire.</param>
/// <param name="description">What people read of it.</param>
internal sealed class RequestField(string name, string description)
{
    /// <summary>Its name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>Its name in JSON.</summary>
    public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name);

    /// <summary>What people read of it.</summary>
    public string Description { get; } = description;

    /// <summary>Its type in forms and queries.</summary>
    public JsonSchemaType Type { get; init; } = JsonSchemaType.String;

    /// <summary>A narrower form of the type, or null.</summary>
    public string? Format { get; init; }

    /// <summary>Smallest and largest value of a number, or null. What binds the field checks it; a place's is the
    /// workshop's, which checks places.</summary>
    public (double Least, double Most)? Range { get; init; }

    /// <summary>The smallest value as the document writes it.</summary>
    public string? Least => Range?.Least.ToString(CultureInfo.InvariantCulture);

    /// <summary>The largest value as the document writes it.</summary>
    public string? Most => Range?.Most.ToString(CultureInfo.InvariantCulture);

    /// <summary>All values that it may have, or null.</summary>
    public IReadOnlyList<string>? Values { get; init; }

    /// <summary>A value that works, or null.</summary>
    public JsonNode? Example { get; init; }

    /// <summary>The same value where JSON writes it otherwise than a form, or null.</summary>
    public JsonNode? JsonExample { get; init; }

    /// <summary>Reads it from text; null for a field that only JSON can carry.</summary>
    public TextBinder? FromText { get; init; }

    /// <summary>Reads it from JSON.</summary>
    public required JsonBinder FromJson { get; init; }

    /// <summary>Whether it is the photo, whose bytes are decoded while they come.</summary>
    public bool IsPhoto { get; init; }

    /// <summary>Whether an empty text is a value of its own; else it counts as not given, since forms send what was left
    /// blank.</summary>
    public bool TakesEmptyText { get; init; }

    /// <summary>What is said, after the field's name, of a text that cannot be read.</summary>
    public string TextFault { get; init; } = "has a value that cannot be read";

    /// <summary>What is said, after the field's name, of a JSON value that cannot be read.</summary>
    public string JsonFault { get; init; } = "has a value that cannot be read";

    /// <summary>The kind of fault that such a value is.</summary>
    public TaggingErrorCode FaultCode { get; init; } = TaggingErrorCode.Malformed;

    /// <summary>The fault of a text that cannot be read.</summary>
    public TaggingError UnreadableText() => new(FaultCode, Name, $"'{Name}' {TextFault}.");

    /// <summary>The fault of a JSON value that cannot be read.</summary>
    public TaggingError UnreadableJson() => new(FaultCode, Name, $"'{Name}' {JsonFault}.");
}
