using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>Why a run is worked through.</summary>
internal enum ListPass
{
    /// <summary>For the first time.</summary>
    First,

    /// <summary>To bring a run up to date with its list: what is as it was is taken over.</summary>
    Update,

    /// <summary>To try again what was rejected by a fault that passes.</summary>
    Retry,
}

/// <summary>
/// How far a run is. Items are written in their order, so that the ledger is a few numbers: of the items before
/// <see cref="Next"/> that belong to this part, each is done (in the output) or rejected (in the errors); the others are
/// pending. What lies in the files beyond the recorded lengths was written after the ledger and is cut off on resume.
/// </summary>
internal sealed record ListLedger
{
    /// <summary>The form of ledgers that this program reads and writes.</summary>
    public const int CurrentForm = 4;

    /// <summary>The form of this ledger.</summary>
    public int Form { get; init; }

    /// <summary>What was asked: a run is only resumed with the same options and model.</summary>
    public required string Run { get; init; }

    /// <summary>What the rows hold.</summary>
    public required ListContent Content { get; init; }

    /// <summary>What the output says of itself.</summary>
    public required ListAbout About { get; init; }

    /// <summary>Where the list is.</summary>
    public required string Location { get; init; }

    /// <summary>Digest of the list; empty where its content is known only as it is read.</summary>
    public string List { get; init; } = "";

    /// <summary>Why this pass is made.</summary>
    public ListPass Pass { get; init; }

    /// <summary>What the names of this pass's files end with; empty for the first one.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>The passes before, whose rows are taken over.</summary>
    public IReadOnlyList<EarlierPass> Earlier { get; init; } = [];

    /// <summary>Whether rows of items that the list has no more are kept.</summary>
    public bool KeepsVanished { get; init; }

    /// <summary>Position of the first item that is pending.</summary>
    public long Next { get; init; }

    /// <summary>Items in the output.</summary>
    public long Done { get; init; }

    /// <summary>Items in the errors.</summary>
    public long Rejected { get; init; }

    /// <summary>Those of the rejected items whose fault passes.</summary>
    public long Passing { get; init; }

    /// <summary>Items taken over from the passes before.</summary>
    public long TakenOver { get; init; }

    /// <summary>Bytes of the output that count.</summary>
    public long OutputBytes { get; init; }

    /// <summary>Bytes of the errors that count.</summary>
    public long ErrorBytes { get; init; }

    /// <summary>Whether nothing is pending.</summary>
    public bool Complete { get; init; }

    /// <summary>Whether all that follows a complete run was done: its rows brought into the format of the output, where that is
    /// Parquet, and the file written that says what the output is.</summary>
    public bool Converted { get; init; }

    /// <summary>Number of the lease under which this was written.</summary>
    public long Epoch { get; init; }

    /// <summary>Digests of a complete run's files.</summary>
    public LedgerDigests? Digests { get; init; }

    /// <summary>Items that are recorded.</summary>
    [JsonIgnore]
    public long Recorded => Done + Rejected;

    /// <summary>Reads a ledger, or null where there is none.</summary>
    /// <exception cref="RunFailureException">It is damaged, or of another version of this program.</exception>
    public static ListLedger? Load(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var ledger = JsonSerializer.Deserialize(File.ReadAllBytes(path), LedgerJson.Default.ListLedger);
            return ledger is { Form: CurrentForm }
                ? ledger
                : throw new RunFailureException(
                    RunFailure.Request,
                    $"{path} is of another version of geotag: finish that run with it, or replace it with --restart"
                );
        }
        catch (JsonException fault)
        {
            throw new RunFailureException(RunFailure.Request, $"{path} is damaged ({fault.Message}); --restart begins again", fault);
        }
    }

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

/// <summary>A pass whose rows are taken over.</summary>
/// <param name="Suffix">What the names of its files end with.</param>
/// <param name="Items">How many of its items are recorded for good.</param>
internal sealed record EarlierPass(string Suffix, long Items);

/// <summary>SHA-256 of a run's files, in hexadecimal.</summary>
/// <param name="Rows">Of the output's rows.</param>
/// <param name="Errors">Of the errors.</param>
/// <param name="Items">Of the journal.</param>
internal sealed record LedgerDigests(string Rows, string Errors, string Items);

/// <summary>The ledger's JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ListLedger))]
internal sealed partial class LedgerJson : JsonSerializerContext;
