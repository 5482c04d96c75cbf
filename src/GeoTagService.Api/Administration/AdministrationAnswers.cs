using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Contracts;
using GeoTagService.Core.Hosting;

namespace GeoTagService.Api.Administration;

/// <summary>What came of a reload.</summary>
/// <param name="Result"><c>swapped</c>, <c>unchanged</c> or <c>refused</c>.</param>
/// <param name="Reason">A sentence.</param>
/// <param name="Digest">Digest of the bundle that serves since.</param>
/// <param name="At">When.</param>
internal sealed record ReloadAnswer(string Result, string Reason, string Digest, DateTimeOffset At)
{
    public static ReloadAnswer Of(ReloadOutcome outcome) =>
        new(outcome.Result.ToString().ToLowerInvariant(), outcome.Reason, outcome.Digest, outcome.At);
}

/// <summary>Where the service stands.</summary>
/// <param name="Status">As the readiness probe has it.</param>
/// <param name="Reason">A sentence.</param>
/// <param name="Model">The model that serves.</param>
/// <param name="Origin">Where its bundle was found.</param>
/// <param name="LastReload">What came of the last reload; absent while there was none.</param>
internal sealed record StatusAnswer(string Status, string Reason, ModelStamp Model, string Origin, ReloadAnswer? LastReload);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(ReloadAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
internal sealed partial class AdministrationJson : JsonSerializerContext;
