using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Contracts;

/// <summary>How wire records become JSON: camelCase, absent instead of null, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(TagResponse))]
[JsonSerializable(typeof(TagProblem))]
[JsonSerializable(typeof(TagItem))]
[JsonSerializable(typeof(EmbeddedItem))]
[JsonSerializable(typeof(EmbeddedItems))]
[JsonSerializable(typeof(BatchLine))]
[JsonSerializable(typeof(BatchEnd))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(EmbeddingResponse))]
[JsonSerializable(typeof(EvidenceResponse))]
[JsonSerializable(typeof(ModelResponse))]
[JsonSerializable(typeof(PlaceResponse))]
[JsonSerializable(typeof(TagCatalogueResponse))]
[JsonSerializable(typeof(TagMapResponse))]
[JsonSerializable(typeof(ThresholdChoice))]
public sealed partial class TagJson : JsonSerializerContext
{
    /// <summary>The same for output: apostrophes and letters outside ASCII are written as they are. It is JSON of its own,
    /// never part of a page.</summary>
    public static TagJson Wire =>
        field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
