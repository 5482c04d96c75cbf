using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>A task that was given up, with the reason.</summary>
/// <param name="Entry">Its number among the dead.</param>
/// <param name="Id">Its id.</param>
/// <param name="Code">Stable identifier of the reason.</param>
/// <param name="Detail">The reason in a sentence.</param>
/// <param name="Tries">How often it was handed out.</param>
/// <param name="Fields">Its fields as they were added.</param>
public sealed record DeadTask(string Entry, string Id, string Code, string Detail, long Tries, NameValueEntry[] Fields)
{
    /// <summary>What the names of the task's own fields begin with.</summary>
    public const string Prefix = "task.";

    /// <summary>The fields of a reason.</summary>
    internal static IEnumerable<NameValueEntry> Reason(QueueTask task, string id, ListFault fault)
    {
        yield return new NameValueEntry("id", id);
        yield return new NameValueEntry("task", task.Entry);
        yield return new NameValueEntry("code", fault.Code);
        yield return new NameValueEntry("field", fault.Field ?? "");
        yield return new NameValueEntry("detail", fault.Detail);
        yield return new NameValueEntry("tries", task.Tries);
    }

    /// <summary>Reads one.</summary>
    public static DeadTask Of(StreamEntry entry) =>
        new(
            entry.Id.ToString(),
            entry["id"].ToString(),
            entry["code"].ToString(),
            entry["detail"].ToString(),
            entry["tries"].TryParse(out long tries) ? tries : 0,
            [
                .. entry
                    .Values.Where(field => field.Name.ToString().StartsWith(Prefix, StringComparison.Ordinal))
                    .Select(field => new NameValueEntry(field.Name.ToString()[Prefix.Length..], field.Value)),
            ]
        );
}
