using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Core;
using GeoTagService.Core.Tags;

namespace GeoTagService.Models.Bundles;

/// <summary>What <c>heads.json</c> beside a directory of heads says of one of them: the file is an object of these, by
/// head name. Published heads are known by their digest and need no entry.</summary>
/// <param name="ExactMatch">Subset accuracy on a validation split, 0..1.</param>
/// <param name="MacroF1">Macro F1 on the same split, 0..1.</param>
/// <param name="KaggleScore">Kaggle public score, 0..1.</param>
/// <param name="Thresholds">One threshold, or one per tag in head-row order; 0.5 where absent.</param>
public sealed record HeadNotes(
    double? ExactMatch = null, double? MacroF1 = null, double? KaggleScore = null, IReadOnlyList<float>? Thresholds = null)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "heads.json";

    /// <summary>Nothing known, thresholds of 0.5.</summary>
    public static HeadNotes None { get; } = new();

    /// <summary>The published quality.</summary>
    [JsonIgnore]
    public HeadMetrics Metrics => new(ExactMatch, MacroF1, KaggleScore);

    /// <summary>Reads the file of a directory; empty where there is none.</summary>
    /// <exception cref="BundleException">It is not what it should be.</exception>
    public static IReadOnlyDictionary<string, HeadNotes> ReadBeside(string headsDirectory)
    {
        var path = Path.Combine(headsDirectory, FileName);
        if (!File.Exists(path))
        {
            return new Dictionary<string, HeadNotes>();
        }

        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, HeadNotesJson.Default.DictionaryStringHeadNotes)
                ?? throw new BundleException($"{FileName} is null");
        }
        catch (JsonException e)
        {
            throw new BundleException($"{FileName} is not an object of heads: {e.Message}", e);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Dictionary<string, HeadNotes>))]
internal sealed partial class HeadNotesJson : JsonSerializerContext;
