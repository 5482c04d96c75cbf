using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Plans;

/// <summary>A run of items that one worker takes.</summary>
/// <param name="From">Where its first item stands.</param>
/// <param name="To">Position after its last item.</param>
/// <param name="Keys">Digest of its items' keys in their order: what the list said when the plan was made.</param>
public sealed record PlanTask(ListBookmark From, long To, string Keys)
{
    /// <summary>How many items it has.</summary>
    [JsonIgnore]
    public long Items => To - From.Position;
}

/// <summary>A list that was fixed and divided into tasks, so that any number of workers share it and the parts can be put
/// together and proven complete. It is a directory, which also holds what the tasks write.</summary>
public sealed record ListPlan
{
    private const int CurrentForm = 2;
    private const string FileName = "plan.json";
    private const string FolderName = "list.ndjson";

    /// <summary>The form of plans.</summary>
    public int Form { get; init; } = CurrentForm;

    /// <summary>What is the list, with full paths: one or several files, folders, patterns.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Where the list is, as sources say it.</summary>
    public required string Location { get; init; }

    /// <summary>Where the paths of photos start from; null for the directory of each of several lists.</summary>
    public required string? Root { get; init; }

    /// <summary>Whether the list is a folder's or a pattern's, and lies in the plan.</summary>
    public required bool IsFolder { get; init; }

    /// <summary>Columns of the list by other names.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Format of the outputs.</summary>
    public required string Format { get; init; }

    /// <summary>The tasks.</summary>
    public required IReadOnlyList<PlanTask> Tasks { get; init; }

    /// <summary>The plan's directory.</summary>
    [JsonIgnore]
    public string Directory { get; private init; } = "";

    /// <summary>Digest of the plan: tasks of two plans do not mix.</summary>
    [JsonIgnore]
    public string Digest { get; private init; } = "";

    /// <summary>How many items the list has.</summary>
    [JsonIgnore]
    public long Items => Tasks[^1].To;

    /// <summary>Whether a directory holds a plan.</summary>
    public static bool IsAt(string directory) => File.Exists(Path.Combine(directory, FileName));

    /// <summary>Makes the directory of a plan where it is not there.</summary>
    /// <exception cref="RunFailureException">There is a file of that name.</exception>
    public static void MakeDirectory(string directory)
    {
        if (File.Exists(directory))
        {
            throw new RunFailureException(RunFailure.Request, $"{directory} is a file; a plan is a directory");
        }

        System.IO.Directory.CreateDirectory(directory);
    }

    /// <summary>Reads a plan.</summary>
    /// <exception cref="RunFailureException">There is none, or it is damaged.</exception>
    public static ListPlan Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            throw new RunFailureException(RunFailure.Request, $"{directory} is no plan: there is no {FileName}; 'geotag plan' makes one");
        }

        try
        {
            var bytes = File.ReadAllBytes(path);
            var plan = JsonSerializer.Deserialize(bytes, PlanJson.Default.ListPlan);
            return plan is { Form: CurrentForm, Tasks.Count: > 0 } && ListFormat.Named(plan.Format) is not null
                ? plan with
                {
                    Directory = directory,
                    Digest = Convert.ToHexStringLower(SHA256.HashData(bytes)),
                }
                : throw new RunFailureException(RunFailure.Request, $"{path} is of another version of geotag");
        }
        catch (JsonException fault)
        {
            throw new RunFailureException(RunFailure.Request, $"{path} is damaged: {fault.Message}", fault);
        }
    }

    /// <summary>Writes the plan.</summary>
    /// <param name="directory">Its directory; made when absent.</param>
    /// <param name="list">The list.</param>
    /// <exception cref="RunFailureException">Another plan is there.</exception>
    public ListPlan Save(string directory, ListSource list)
    {
        MakeDirectory(directory);
        var path = Path.Combine(directory, FileName);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(this, PlanJson.Default.ListPlan);
        if (File.Exists(path))
        {
            return bytes.AsSpan().SequenceEqual(File.ReadAllBytes(path))
                ? Open(directory)
                : throw new RunFailureException(
                    RunFailure.Request,
                    $"{directory} holds another plan, or one of the list as it was before; choose another directory"
                );
        }

        (list as PhotoFolder)?.Save(Path.Combine(directory, FolderName));
        File.WriteAllBytes(path + ".tmp", bytes);
        File.Move(path + ".tmp", path, overwrite: true);
        return Open(directory);
    }

    /// <summary>Files of a task.</summary>
    /// <param name="task">Number of the task, from 0.</param>
    public RunPaths PathsOf(int task)
    {
        var directory = Path.Combine(Directory, "tasks", task.ToString("D5", CultureInfo.InvariantCulture));
        // Parquet is made of the rows of all tasks when they are put together.
        var rows = Path.Combine(directory, $"rows.{ListFormat.Named(Format)!.RowsName}");
        return new RunPaths(rows, rows, Path.Combine(directory, "errors.ndjson"));
    }

    /// <summary>Whether a task has nothing left that another run of it could do.</summary>
    /// <param name="task">Number of the task, from 0.</param>
    public bool IsDone(int task) => LedgerOf(task) is { Complete: true, Suffix: "", Passing: 0 };

    /// <summary>How far a task is; null where it was not begun. Reads only.</summary>
    internal ListLedger? LedgerOf(int task) => ListLedger.Load(PathsOf(task).Update) ?? ListLedger.Load(PathsOf(task).Ledger);

    /// <summary>Opens the list for a task.</summary>
    /// <exception cref="RunFailureException">The list was changed since the plan was made.</exception>
    public TaskList Open(int task)
    {
        using (var check = new TaskList(OpenList(), Location, Tasks[task]))
        {
            if (PlanKeys.Of(check.Read()) != Tasks[task].Keys)
            {
                throw new RunFailureException(
                    RunFailure.Request,
                    $"{Location} was changed since the plan was made, in the rows {Tasks[task].From.Position} to {Tasks[task].To} of task {task}: make a new plan of it"
                );
            }
        }

        return new TaskList(OpenList(), Location, Tasks[task]);
    }

    /// <summary>Opens the list.</summary>
    public ListSource OpenList() =>
        IsFolder
            ? PhotoFolder.Load(Path.Combine(Directory, FolderName), Location, Root!)
            : ListInputs.Open(Inputs, ListColumns.Parse(Columns), Root);
}

/// <summary>Digests what a list says.</summary>
internal static class PlanKeys
{
    /// <summary>Digest of some items' keys.</summary>
    public static string Of(IEnumerable<ListItem> items) => Of(items.Select(ItemKey.Of));

    /// <summary>Digest of some keys.</summary>
    public static string Of(IEnumerable<UInt128> keys)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[16];
        foreach (var key in keys)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(bytes, key);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The plan's JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ListPlan))]
internal sealed partial class PlanJson : JsonSerializerContext;
