using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Bulk.Lists.Output;

/// <summary>
/// How far a run is. Items are written in their order, so that the ledger is a few numbers: of the items before
/// <see cref="Next"/> that belong to this part, each is done (in the output) or rejected (in the errors); the others are
/// pending. What lies in the files beyond the recorded lengths was written after the ledger and is cut off on resume.
/// </summary>
internal sealed record ListLedger
{
    /// <summary>What was asked: a run is only resumed with the same list and options.</summary>
    public required string Run { get; init; }

    /// <summary>Position of the first item that is pending.</summary>
    public long Next { get; init; }

    /// <summary>Items in the output.</summary>
    public long Done { get; init; }

    /// <summary>Items in the errors.</summary>
    public long Rejected { get; init; }

    /// <summary>Bytes of the output that count.</summary>
    public long OutputBytes { get; init; }

    /// <summary>Bytes of the errors that count.</summary>
    public long ErrorBytes { get; init; }

    /// <summary>Whether nothing is pending.</summary>
    public bool Complete { get; init; }

    /// <summary>Reads a ledger, or null where there is none.</summary>
    public static ListLedger? Load(string path) => File.Exists(path)
        ? JsonSerializer.Deserialize(File.ReadAllBytes(path), LedgerJson.Default.ListLedger)
        : null;

    /// <summary>Writes it in one step, so that a kill leaves the old one or the new one.</summary>
    public void Save(string path)
    {
        var temporary = path + ".tmp";
        using (var file = File.Create(temporary))
        {
            JsonSerializer.Serialize(file, this, LedgerJson.Default.ListLedger);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}

/// <summary>The ledger's JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ListLedger))]
internal sealed partial class LedgerJson : JsonSerializerContext;
