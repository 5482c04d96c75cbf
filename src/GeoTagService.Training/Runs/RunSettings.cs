using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Training.Engine;

namespace GeoTagService.Training.Runs;

/// <summary>Everything that a run's result follows from, as <c>NAME.settings.json</c> keeps it.</summary>
public sealed record RunSettings
{
    /// <summary>Name of the head: <c>linear-img-txt</c>.</summary>
    public required string Head { get; init; }

    /// <summary>What the photos are: a store and its labels, or <c>semi-synthetic</c> with rows and seed.</summary>
    public required string Data { get; init; }

    /// <summary>Number of photos.</summary>
    public required int Rows { get; init; }

    /// <summary>Length of an embedding.</summary>
    public required int EmbeddingDimension { get; init; }

    /// <summary>Seed of the split, the same for all runs that are to be compared.</summary>
    public int SplitSeed { get; init; } = 42;

    /// <summary>Share of rows held out. Paper: 0.2.</summary>
    public double ValidationShare { get; init; } = 0.2;

    /// <summary>Rows with more tags are left out; 0 keeps all. Paper: 5.</summary>
    public int MostTags { get; init; } = 5;

    /// <summary>Whether each tag's probability is calibrated on the held-out rows by a temperature of its own.</summary>
    public bool Calibrate { get; init; }

    /// <summary>Whether each tag's threshold is tuned on the held-out rows for macro F1; else 0.5.</summary>
    public bool TuneThresholds { get; init; }

    /// <summary>Heads that are trained, on seeds one after another, and averaged; null for one head alone.</summary>
    public int? Members { get; init; }

    /// <summary>Edge in metres of the squares that are held out whole; null where photos are held out one by one.</summary>
    public int? HeldOutSquares { get; init; }

    /// <summary>SHA-256 of the location encoder that the place prior comes from; null for a head without one.</summary>
    public string? LocationEncoder { get; init; }

    /// <summary>How the head is trained.</summary>
    public required TrainingRecipe Recipe { get; init; }

    /// <summary>The settings as they are written.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Default.RunSettings);
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    Converters = [typeof(CamelCaseEnumConverter<DecisionRule>)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RunSettings))]
[JsonSerializable(typeof(Dictionary<string, HeadNotes>))]
internal sealed partial class RunJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EpochReport))]
[JsonSerializable(typeof(EpochReport[]))]
internal sealed partial class EpochJson : JsonSerializerContext;
