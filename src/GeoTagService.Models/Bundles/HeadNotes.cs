using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Bundles;

/// <summary>What <c>heads.json</c> beside a directory of heads says of one of them: the file is an object of these, by
/// head name. Published heads are known by their digest and need no entry.</summary>
/// <param name="ExactMatch">Subset accuracy on a validation split, 0..1.</param>
/// <param name="MacroF1">Macro F1 on the same split, 0..1.</param>
/// <param name="KaggleScore">Kaggle public score, 0..1.</param>
/// <param name="Thresholds">One threshold, or one per tag in head-row order; 0.5 where absent.</param>
/// <param name="ExactMatchWithFallback">Subset accuracy with the most probable tag where none is above its threshold, 0..1.</param>
/// <param name="MacroF1WithFallback">Macro F1 by the same rule, 0..1.</param>
/// <param name="Rule">The rule of <paramref name="ExactMatch"/> and <paramref name="MacroF1"/>.</param>
/// <param name="Split">The photos measured on, in words that are the same for the same photos.</param>
/// <param name="PlacePrior">What a place adds to its logits.</param>
public sealed record HeadNotes(
    double? ExactMatch = null,
    double? MacroF1 = null,
    double? KaggleScore = null,
    IReadOnlyList<float>? Thresholds = null,
    double? ExactMatchWithFallback = null,
    double? MacroF1WithFallback = null,
    DecisionRule? Rule = null,
    string? Split = null,
    BundlePlacePrior? PlacePrior = null
)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "heads.json";

    /// <summary>Nothing known, thresholds of 0.5.</summary>
    public static HeadNotes None { get; } = new();

    /// <summary>The measured quality.</summary>
    [JsonIgnore]
    public HeadMetrics Metrics =>
        new(ExactMatch, MacroF1, KaggleScore)
        {
            ExactMatchWithFallback = ExactMatchWithFallback,
            MacroF1WithFallback = MacroF1WithFallback,
            Rule = Rule,
            Split = Split,
        };

    /// <summary>The note of a head whose name says that it takes a place's prior, which must then say how much.</summary>
    /// <exception cref="BundleException">It does not.</exception>
    public static HeadNotes Of(IReadOnlyDictionary<string, HeadNotes> notes, string head)
    {
        ArgumentNullException.ThrowIfNull(notes);
        var note = notes.GetValueOrDefault(head, None);
        return HeadName.TryParse(head, out var name) && name.PlacePrior && note.PlacePrior is null
            ? throw new BundleException($"{head} takes a prior of places, and {FileName} beside it does not say how much")
            : note;
    }

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
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(CamelCaseEnumConverter<DecisionRule>)]
)]
[JsonSerializable(typeof(Dictionary<string, HeadNotes>))]
internal sealed partial class HeadNotesJson : JsonSerializerContext;
