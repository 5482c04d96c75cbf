using System.CommandLine;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Bulk.Lists.Plans;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag plan</c>, <c>merge</c> and <c>verify</c>: a list divided among workers, and put together again.</summary>
internal static class PlanCommands
{
    public static Command CreatePlan()
    {
        var input = new Option<string[]>("--input")
        {
            Description = "The list, or several inputs, as of 'geotag tag --input'.",
            HelpName = "LIST",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var tasks = new Option<int?>("--tasks") { Description = "How many tasks.", HelpName = "N" };
        var rows = new Option<long?>("--rows-per-task") { Description = "Or how many rows a task has.", HelpName = "R" };
        var output = new Option<string>("--output")
        {
            Description = "Directory of the plan, which the workers share; tasks write into it.",
            HelpName = "PLAN",
            Required = true,
        };
        var format = new Option<string>("--format")
        {
            Description =
                $"Format of the outputs: {ListFormat.Listed(known => known == ListFormat.All[0] ? $"{known.Name} (default)" : known.Name)}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => ListFormat.All[0].Name,
        };
        format.AcceptOnlyFromAmong([.. ListFormat.All.Select(known => known.Name)]);
        var columns = new Option<string[]>("--column")
        {
            Description = "A column of the list by another name: id=gridimage_id.",
            HelpName = "NAME=COLUMN",
        };
        var root = new Option<string?>("--image-root")
        {
            Description = "Where the paths of a list's photos start. Default: the list's directory.",
            HelpName = "DIR",
        };
        var endpoint = S3Endpoint.Create();
        var command = new Command("plan", "Divides a list into tasks for many workers.")
        {
            input,
            tasks,
            rows,
            output,
            format,
            columns,
            root,
            endpoint,
        };
        command.SetAction(parsed =>
        {
            var (parts, each) = (parsed.GetValue(tasks), parsed.GetValue(rows));
            if (parts is null == each is null)
            {
                throw new CommandFailureException(ExitCode.Usage, "give one of --tasks and --rows-per-task");
            }

            if (parts is < 1 || each is < 1)
            {
                throw new CommandFailureException(ExitCode.Usage, $"{(parts is null ? "--rows-per-task" : "--tasks")} takes 1 or more");
            }

            var error = parsed.InvocationConfiguration.Error;
            var (given, start, plans) = (parsed.GetRequiredValue(input), parsed.GetValue(root), parsed.GetRequiredValue(output));
            if (given.Contains(StandardInput.Name))
            {
                if (given.Length > 1)
                {
                    throw new CommandFailureException(ExitCode.Usage, $"{StandardInput.Name} is a list by itself: give it alone");
                }

                ListPlan.MakeDirectory(plans);
                var kept = StandardInput.Keep(Path.Combine(plans, "stdin"), mayReplace: !ListPlan.IsAt(plans));
                (given, start) = ([kept], start ?? Directory.GetCurrentDirectory());
            }

            var plan = PlanMaker.Make(
                given,
                parsed.GetValue(columns) ?? [],
                start,
                parsed.GetRequiredValue(format),
                parts,
                each,
                plans,
                new WebManners { Caller = new WebCaller(null, null), S3Endpoint = S3Endpoint.Read(parsed, endpoint) },
                note => error.WriteLine($"geotag: {note}")
            );
            error.WriteLine(
                $"geotag: {Counted.Of(plan.Items, "item")} in {Counted.Of(plan.Tasks.Count, "task")}, 0 to {plan.Tasks.Count - 1}: geotag tag --plan {plan.Directory} --task K, or --any-task"
            );
            return ExitCode.Success;
        });
        return command;
    }

    public static Command CreateMerge()
    {
        var directory = Plan();
        var output = new Option<string>("--output")
        {
            Description = "The output, of the plan's format.",
            HelpName = "FILE",
            Required = true,
        };
        var errors = new Option<string?>("--errors")
        {
            Description = "Rejected items as NDJSON. Default: the output's name and .errors.ndjson.",
            HelpName = "FILE",
        };
        var replace = new Option<bool>("--replace") { Description = "Replace a file of that name that no run of geotag finished." };
        var command = new Command("merge", "Puts the outputs of a plan's tasks together, if they are whole and belong together.")
        {
            directory,
            output,
            errors,
            replace,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var plan = ListPlan.Open(parsed.GetRequiredValue(directory));
                var target = parsed.GetRequiredValue(output);
                if (ReportFileOption.MissingDirectoryOf(target) is { } missing)
                {
                    throw new CommandFailureException(ExitCode.Usage, $"{target}: there is no directory {missing}");
                }

                OutputFiles.RequireApart(target, parsed.GetValue(errors), plan.Inputs);
                var error = parsed.InvocationConfiguration.Error;
                var merge = new PlanMerge(plan, target, parsed.GetValue(errors));
                merge.RequireRoom(parsed.GetValue(replace), note => error.WriteLine($"geotag: {note}"));
                var states = Check(plan, error);
                if (states.Any(state => state.Fault is not null))
                {
                    throw new CommandFailureException(
                        ExitCode.ItemsFailed,
                        $"nothing was merged: {Counted.Of(states.Count(state => state.Fault is not null), "task")} of {plan.Tasks.Count} cannot be"
                    );
                }

                await merge.RunAsync(TimeProvider.System, cancellationToken).ConfigureAwait(false);
                error.WriteLine($"geotag: {Sum(plan, states)}");
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command CreateVerify()
    {
        var directory = Plan();
        var command = new Command("verify", "Says whether each row of a plan was done once or rejected once, and which tasks are missing.")
        {
            directory,
        };
        command.SetAction(parsed =>
        {
            var plan = ListPlan.Open(parsed.GetRequiredValue(directory));
            var states = Check(plan, parsed.InvocationConfiguration.Error);
            var isComplete = states.All(state => state.Fault is null);
            parsed.InvocationConfiguration.Output.WriteLine($"{(isComplete ? "complete" : "not complete")}: {Sum(plan, states)}");
            return isComplete ? ExitCode.Success : ExitCode.ItemsFailed;
        });
        return command;
    }

    private static Option<string> Plan() =>
        new("--plan")
        {
            Description = "Directory of the plan.",
            HelpName = "PLAN",
            Required = true,
        };

    private static List<TaskState> Check(ListPlan plan, TextWriter error)
    {
        List<TaskState> states = [.. new PlanCheck(plan).Tasks()];
        foreach (var state in states.Where(state => state.Fault is not null))
        {
            error.WriteLine($"geotag: task {state.Task}: {state.Fault}");
        }

        return states;
    }

    private static string Sum(ListPlan plan, List<TaskState> states) =>
        $"{Counted.Of(plan.Items, "row")}: {states.Sum(state => state.Done)} done, {states.Sum(state => state.Rejected)} rejected, {states.Sum(state => state.Missing)} missing";
}
