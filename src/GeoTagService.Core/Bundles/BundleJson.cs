using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Bundles;

/// <summary>
/// How <c>bundle.json</c> is written and read: camelCase, indented, enumerations as words, nothing required may be
/// missing or null, members that this version does not know are passed over.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [
        typeof(CamelCaseEnumConverter<BundlePurpose>),
        typeof(CamelCaseEnumConverter<EncoderTower>),
        typeof(CamelCaseEnumConverter<HeadKind>),
        typeof(CamelCaseEnumConverter<DecisionRule>),
    ]
)]
[JsonSerializable(typeof(BundleManifest))]
public sealed partial class BundleJson : JsonSerializerContext;

/// <summary>Writes an enumeration as a camelCase word and accepts no numbers.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
