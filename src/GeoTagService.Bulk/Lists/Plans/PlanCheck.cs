using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Plans;

/// <summary>What was found of a task.</summary>
/// <param name="Task">Its number.</param>
/// <param name="Done">Items done.</param>
/// <param name="Rejected">Items rejected.</param>
/// <param name="Missing">Items that are neither.</param>
/// <param name="Fault">What is wrong with it, or null.</param>
public sealed record TaskState(int Task, long Done, long Rejected, long Missing, string? Fault);

/// <summary>Says whether each item of a plan was done once or rejected once, and whether the tasks belong together.</summary>
public sealed class PlanCheck(ListPlan plan)
{
    /// <summary>The first of the tasks that most others are like, and what they were run with.</summary>
    private (int Task, string Run)? _most;

    /// <summary>Looks at all tasks, reading what they wrote. Of tasks that do not belong together the fewer are blamed.</summary>
    public IEnumerable<TaskState> Tasks()
    {
        _most = Most();
        return Enumerable.Range(0, plan.Tasks.Count).Select(Of);
    }

    /// <summary>What a task shares with the others that were begun: model and options.</summary>
    /// <param name="task">Number of a task that was begun.</param>
    /// <returns>A task that was begun with another model or other options, or null.</returns>
    public int? OtherThan(int task)
    {
        var run = plan.LedgerOf(task)?.Run;
        for (var other = 0; run is not null && other < plan.Tasks.Count; other++)
        {
            if (other != task && plan.LedgerOf(other) is { } ledger)
            {
                return ledger.Run == run ? null : other;
            }
        }

        return null;
    }

    private (int Task, string Run)? Most()
    {
        var groups = Enumerable
            .Range(0, plan.Tasks.Count)
            .Select(task => (Task: task, RunOf(task)?.Run))
            .Where(known => known.Run is not null)
            .GroupBy(known => known.Run!)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.First().Task);
        return groups.FirstOrDefault() is { } most ? (most.First().Task, most.Key) : null;
    }

    /// <summary>A ledger that cannot be read is a fault of its task, told when that is looked at.</summary>
    private ListLedger? RunOf(int task)
    {
        try
        {
            return plan.LedgerOf(task) is { Complete: true } ledger ? ledger : null;
        }
        catch (Exception fault) when (fault is RunFailureException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private TaskState Of(int task)
    {
        var items = plan.Tasks[task].Items;
        try
        {
            var paths = plan.PathsOf(task);
            if (plan.LedgerOf(task) is not { } ledger)
            {
                return new TaskState(task, 0, 0, items, "it was not begun");
            }

            if (!ledger.Complete || ledger.Suffix.Length > 0)
            {
                var holder = RunLease.HolderOf(paths.Ledger) is { } who ? $", {who} is at it" : "";
                var recorded = Math.Min(items, ledger.Recorded);
                return new TaskState(
                    task,
                    Math.Min(recorded, ledger.Done),
                    Math.Max(0, recorded - ledger.Done),
                    items - recorded,
                    $"it is not finished: {items - recorded} of {items} items are pending{holder}"
                );
            }

            return new TaskState(task, ledger.Done, ledger.Rejected, Math.Max(0, items - ledger.Recorded), Fault(task, paths, ledger));
        }
        catch (Exception fault) when (fault is RunFailureException or IOException or UnauthorizedAccessException)
        {
            return new TaskState(task, 0, 0, items, fault.Message);
        }
    }

    private string? Fault(int task, RunPaths paths, ListLedger ledger)
    {
        if (_most is { } most && most.Run != ledger.Run)
        {
            return $"it was tagged with another model, other options or another plan than task {most.Task}";
        }

        var files = new[]
        {
            (paths.Rows, ledger.Digests?.Rows),
            (paths.Errors, ledger.Digests?.Errors),
            (paths.ItemsOf(""), ledger.Digests?.Items),
        };
        foreach (var (path, digest) in files)
        {
            if (!File.Exists(path))
            {
                return $"{path} is missing";
            }

            if (RunPaths.DigestOf(path) != digest)
            {
                return $"{path} was edited since it was written";
            }
        }

        var part = plan.Tasks[task];
        using var journal = new ItemJournal(paths.ItemsOf(""), ledger.Recorded);
        return journal.Count != part.Items || PlanKeys.Of(journal.Read().Select(record => record.Key)) != part.Keys
            ? "its items are not those that the plan gives it"
            : null;
    }
}
