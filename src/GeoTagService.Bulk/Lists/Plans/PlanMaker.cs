using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Plans;

/// <summary>Divides a list into tasks.</summary>
public static class PlanMaker
{
    /// <summary>The most tasks: each has a directory of its own.</summary>
    public const int MostTasks = 100_000;

    /// <summary>Makes a plan.</summary>
    /// <param name="inputs">The list, or several of them, or photos.</param>
    /// <param name="columns">Columns by other names.</param>
    /// <param name="root">Where the paths of photos start from; null for the list's directory.</param>
    /// <param name="format">Format of the outputs.</param>
    /// <param name="tasks">How many tasks; null where rows of a task are given.</param>
    /// <param name="rowsPerTask">Rows of a task; null where the tasks are given.</param>
    /// <param name="directory">The plan's directory.</param>
    /// <param name="hosts">How the host of buckets is treated.</param>
    /// <param name="note">Told what the user should know of the list.</param>
    /// <returns>The plan, written.</returns>
    /// <exception cref="RunFailureException">The list cannot be divided.</exception>
    public static ListPlan Make(
        IReadOnlyList<string> inputs,
        IReadOnlyList<string> columns,
        string? root,
        string format,
        int? tasks,
        long? rowsPerTask,
        string directory,
        WebManners hosts,
        Action<string> note
    )
    {
        ListSource Open() => ListInputs.Open(inputs, ListColumns.Parse(columns), root, hosts);
        using var list = Open();
        if (
            inputs.FirstOrDefault(input => ListInputs.IsNamedAsList(input) && File.Exists(input) && new FileInfo(input).Length == 0)
            is not { } input
        )
        {
            if (list.Note is { } says)
            {
                note(says);
            }

            // A folder is looked into once: it may change between two looks.
            var count = list is PhotoFolder folder ? folder.Photos.Count : Count(Open);
            if (count == 0)
            {
                throw new RunFailureException(RunFailure.Request, $"{list.Location} has no rows: there is nothing to plan");
            }

            if (tasks > count)
            {
                note(
                    $"the list has {Counted.Of(count, "row")}: {Counted.Of(tasks.Value - count, "task")} of {tasks} will have nothing to do"
                );
            }

            var cuts = Cuts(count, tasks, rowsPerTask);
            return new ListPlan
            {
                Inputs = [.. inputs.Select(input => WebPhotos.IsAddress(input) ? input : Path.GetFullPath(input))],
                Location = list.Location,
                Root = list.Root.Length == 0 ? null : Path.GetFullPath(list.Root),
                IsFolder = list is PhotoFolder,
                Columns = columns,
                Format = format,
                Tasks = Divide(list, cuts),
            }.Save(directory, list);
        }

        throw new RunFailureException(RunFailure.Request, $"{input} is empty, or a pipe, which cannot be read again by each task");
    }

    private static long Count(Func<ListSource> open)
    {
        using var list = open();
        return list.Read().LongCount();
    }

    /// <summary>Positions at which tasks begin and end.</summary>
    private static long[] Cuts(long count, int? tasks, long? rowsPerTask)
    {
        var parts = tasks ?? Math.Max(1, (count + rowsPerTask!.Value - 1) / rowsPerTask.Value);
        if (parts > MostTasks)
        {
            throw new RunFailureException(RunFailure.Request, $"{parts} tasks are too many; at most {MostTasks}");
        }

        return
        [
            .. Enumerable
                .Range(0, (int)parts + 1)
                .Select(part => tasks is null ? Math.Min(count, part * rowsPerTask!.Value) : (long)((Int128)count * part / parts)),
        ];
    }

    private static List<PlanTask> Divide(ListSource list, long[] cuts)
    {
        var tasks = new List<PlanTask>();
        var keys = new List<UInt128>();
        var from = default(ListBookmark);
        foreach (var item in list.Read())
        {
            while (tasks.Count < cuts.Length - 1 && item.Position >= cuts[tasks.Count + 1])
            {
                Close(item.Position);
            }

            if (keys.Count == 0)
            {
                from = list.Bookmark;
            }

            keys.Add(ItemKey.Of(item));
        }

        while (tasks.Count < cuts.Length - 1)
        {
            Close(cuts[^1]);
        }

        return tasks;

        void Close(long end)
        {
            tasks.Add(new PlanTask(keys.Count == 0 ? new ListBookmark(end) : from, end, PlanKeys.Of(keys)));
            keys.Clear();
        }
    }
}
