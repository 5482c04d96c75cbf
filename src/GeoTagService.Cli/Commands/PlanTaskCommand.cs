using System.CommandLine;
using System.Globalization;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Bulk.Lists.Plans;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag tag --plan PLAN --task K</c>: one task of a plan, or with <c>--any-task</c> all that nobody else takes.</summary>
internal sealed class PlanTaskCommand(ListEngineOptions engineOptions, TagListCommand list)
{
    /// <summary>Where engines for many jobs say which one this is.</summary>
    private static readonly string[] IndexVariables = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

    private readonly Option<string?> _plan = new("--plan")
    {
        Description = "A plan of 'geotag plan': tag one of its tasks.",
        HelpName = "PLAN",
    };
    private readonly Option<int?> _task = new("--task")
    {
        Description = $"With --plan: number of the task, from 0. Default: {string.Join(", ", IndexVariables)}.",
        HelpName = "K",
    };
    private readonly Option<bool> _any = new("--any-task")
    {
        Description = "With --plan: take task after task that nobody is at, until all are done.",
    };

    /// <summary>Adds the options to <c>geotag tag</c>.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_plan);
        command.Options.Add(_task);
        command.Options.Add(_any);
    }

    /// <summary>Whether the command line asks for a task.</summary>
    /// <exception cref="CommandFailureException">It asks for half of one.</exception>
    public bool IsAsked(ParseResult parsed)
    {
        if (parsed.GetValue(_plan) is null)
        {
            return new Option[] { _task, _any }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } stray
                ? throw new CommandFailureException(ExitCode.Usage, $"{stray.Name} goes with {_plan.Name}")
                : false;
        }

        return list.OfItself.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } fixedOption
            ? throw new CommandFailureException(ExitCode.Usage, $"{fixedOption.Name} does not go with {_plan.Name}: the plan says it")
            : true;
    }

    /// <summary>Tags.</summary>
    public async Task<int> RunAsync(ParseResult parsed, TagOptions options, string? bundle, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        var plan = ListPlan.Open(parsed.GetValue(_plan)!);
        var isAny = parsed.GetValue(_any);
        if (isAny && (parsed.GetValue(_task) is not null || list.Restarts(parsed)))
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{_any.Name} takes what is not done; one task of a number, also to begin it again, is {_task.Name} K"
            );
        }

        int? task = isAny ? null : TaskOf(parsed, plan);
        var opened = await engineOptions.OpenAsync(parsed, options, bundle, cancellationToken).ConfigureAwait(false);
        await using (opened.ConfigureAwait(false))
        {
            var content = engineOptions.Content(parsed);
            async Task<ListEnd> Work(int number, RunLease lease)
            {
                using var source = plan.Open(number);
                var engine = await opened.ForAsync(source.List, error, cancellationToken).ConfigureAwait(false);
                var request = new ListRequest
                {
                    Paths = plan.PathsOf(number),
                    Format = ListFormat.Named(plan.Format)!,
                    Head = options.Head,
                    IsRecorded = false,
                    Content = content,
                    Part = new ListPart(Shard.Whole),
                    Options = $"{plan.Digest}|{content.Identity}",
                    Restart = list.Restarts(parsed),
                    MaxRejected = engineOptions.MaxRejected(parsed),
                    IsQuiet = engineOptions.IsQuiet(parsed),
                };
                error.WriteLine($"geotag: task {number} of 0 to {plan.Tasks.Count - 1}, {Counted.Of(plan.Tasks[number].Items, "item")}");
                var end = await new ListRun(request, engine, () => plan.Open(number), lease, error, TimeProvider.System)
                    .RunAsync(source, cancellationToken)
                    .ConfigureAwait(false);
                if (new PlanCheck(plan).OtherThan(number) is { } other)
                {
                    error.WriteLine(
                        $"geotag: task {other} was tagged with another model or other options than task {number}: 'geotag merge' will refuse them"
                    );
                }

                return end;
            }

            var (rejected, isComplete) = task is { } one
                ? await OneAsync(plan, one, Work, error, cancellationToken).ConfigureAwait(false)
                : await AnyAsync(plan, Work, error, cancellationToken).ConfigureAwait(false);
            return engineOptions.ExitCodeOf(parsed, rejected, isComplete, error);
        }
    }

    private static async Task<(long Rejected, bool IsComplete)> OneAsync(
        ListPlan plan,
        int task,
        Func<int, RunLease, Task<ListEnd>> work,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        using var lease = await AcquireAsync(plan, task, wait: true, error, cancellationToken).ConfigureAwait(false);
        var end = await work(task, lease!).ConfigureAwait(false);
        return (end.Rejected, end.IsComplete);
    }

    /// <summary>Takes tasks until all are done. Where others are at the last ones, it waits, so that a worker that dies strands
    /// none.</summary>
    private static async Task<(long Rejected, bool IsComplete)> AnyAsync(
        ListPlan plan,
        Func<int, RunLease, Task<ListEnd>> work,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        // Workers that start together begin at different places, and meet less.
        var start = (int)((uint)HashCode.Combine(Environment.ProcessId, Environment.MachineName) % (uint)plan.Tasks.Count);
        var open = Enumerable.Range(0, plan.Tasks.Count).Select(number => (start + number) % plan.Tasks.Count).ToList();
        var rejected = 0L;
        while (open.Count > 0)
        {
            var waits = true;
            foreach (var task in open.ToList())
            {
                using var lease = plan.IsDone(task)
                    ? null
                    : await AcquireAsync(plan, task, wait: false, error, cancellationToken).ConfigureAwait(false);
                if (lease is null && !plan.IsDone(task))
                {
                    continue;
                }

                waits = false;
                open.Remove(task);
                if (lease is not null && !plan.IsDone(task))
                {
                    var end = await work(task, lease).ConfigureAwait(false);
                    rejected += end.Rejected;
                    if (!end.IsComplete)
                    {
                        return (rejected, false);
                    }
                }
            }

            if (waits && open.Count > 0)
            {
                using var lease = await AcquireAsync(plan, open[0], wait: true, error, cancellationToken).ConfigureAwait(false);
            }
        }

        return (rejected, true);
    }

    private static Task<RunLease?> AcquireAsync(ListPlan plan, int task, bool wait, TextWriter error, CancellationToken cancellationToken)
    {
        var paths = plan.PathsOf(task);
        Directory.CreateDirectory(Path.GetDirectoryName(paths.Ledger)!);
        return RunLease.AcquireAsync(
            paths.Ledger,
            holder =>
            {
                if (wait)
                {
                    error.WriteLine($"geotag: {holder} is at task {task}; waiting until it ends");
                }

                return wait;
            },
            LeaseTimes.Default,
            TimeProvider.System,
            cancellationToken
        );
    }

    private int TaskOf(ParseResult parsed, ListPlan plan)
    {
        var (name, text) = parsed.GetValue(_task) is { } given
            ? (_task.Name, given.ToString(CultureInfo.InvariantCulture))
            : IndexVariables
                .Select(variable => (variable, Environment.GetEnvironmentVariable(variable)))
                .FirstOrDefault(pair => pair.Item2 is { Length: > 0 });
        if (text is null)
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{_plan.Name} needs {_task.Name} or {_any.Name}; {string.Join(", ", IndexVariables)} are not set either"
            );
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var task) && task < plan.Tasks.Count
            ? task
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"{name}: '{text}' is not a task of this plan, which has 0 to {plan.Tasks.Count - 1}"
            );
    }
}
