using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>A task that was given up, with the reason.</summary>
/// <param name="Entry">Its number among the dead.</param>
/// <param name="Id">Its id.</param>
/// <param name="Code">Stable identifier of the reason.</param>
/// <param name="Field">The field to blame, or null.</param>
/// <param name="Detail">The reason in a sentence.</param>
/// <param name="Tries">How often it was handed out; 0 where a list's row could not be made a task.</param>
/// <param name="Fields">Its fields as they were added; none where it never was a task.</param>
public sealed record DeadTask(string Entry, string Id, string Code, string? Field, string Detail, long Tries, NameValueEntry[] Fields)
{
    /// <summary>What the names of the task's own fields begin with.</summary>
    public const string Prefix = "task.";

    /// <summary>Whether there is something to put among the tasks again.</summary>
    public bool IsTask => Fields.Length > 0;

    /// <summary>The fields of a reason.</summary>
    internal static IEnumerable<NameValueEntry> Reason(string task, string id, ListFault fault, long tries)
    {
        yield return new NameValueEntry("id", id);
        yield return new NameValueEntry("task", task);
        yield return new NameValueEntry("code", fault.Code);
        yield return new NameValueEntry("field", fault.Field ?? "");
        yield return new NameValueEntry("detail", fault.Detail);
        yield return new NameValueEntry("tries", tries);
    }

    /// <summary>Reads one.</summary>
    public static DeadTask Of(StreamEntry entry) =>
        new(
            entry.Id.ToString(),
            entry["id"].ToString(),
            entry["code"].ToString(),
            entry["field"].ToString() is { Length: > 0 } field ? field : null,
            entry["detail"].ToString(),
            entry["tries"].TryParse(out long tries) ? tries : 0,
            [
                .. entry
                    .Values.Where(own => own.Name.ToString().StartsWith(Prefix, StringComparison.Ordinal))
                    .Select(own => new NameValueEntry(own.Name.ToString()[Prefix.Length..], own.Value)),
            ]
        );
}
