using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Queue;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using Microsoft.Win32.SafeHandles;
using StackExchange.Redis;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag queue</c>: fills a queue of tasks, looks at it, takes results out of it.</summary>
internal static class QueueCommands
{
    private const int Page = 500;

    /// <summary>A living worker asks for tasks twice a second; four times within its silence it says what it has in hand.</summary>
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(60);

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create() =>
        new("queue", "Fills a queue of tasks in Redis, looks at it, takes results out. 'geotag work --queue' does the work.")
        {
            CreateAdd(),
            CreateStatus(),
            CreateResults(),
            CreateDead(),
        };

    private static Command CreateAdd()
    {
        var list = new Argument<string[]>("LIST")
        {
            Description = "Lists, photos, folders or patterns, as of 'geotag tag --input'.",
            Arity = ArgumentArity.OneOrMore,
        };
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
        var withPhotos = new Option<bool>("--with-photos")
        {
            Description = "Put photos into the tasks, up to 1 MiB each, for workers that do not see the files.",
        };
        var again = new Option<bool>("--again") { Description = "Add a list that was added before once more." };
        var mostWaiting = new Option<long>("--max-waiting")
        {
            Description = "Wait while so many tasks wait for workers.",
            HelpName = "N",
            DefaultValueFactory = _ => 100_000,
        };
        var command = new Command("add", "Adds the rows of a list as tasks; the same command goes on after an interruption.")
        {
            list,
            columns,
            root,
            withPhotos,
            again,
            mostWaiting,
        };
        return WithQueue(
            command,
            async (parsed, queue, tell, cancellationToken) =>
            {
                var names = ListColumns.Parse(parsed.GetValue(columns) ?? []);
                using var source = ListInputs.Open(parsed.GetRequiredValue(list), names, parsed.GetValue(root));
                if (source.Note is { } note)
                {
                    tell(note);
                }

                // What can be read once only has no identity, and is never the list of before.
                var identity = source.Identity.Length == 0 ? Guid.NewGuid().ToString() : source.Identity;
                var key = Convert.ToHexStringLower(
                    SHA256.HashData(
                        Encoding.UTF8.GetBytes($"{source.Location}|{source.Root}|{names}|{identity}|{parsed.GetValue(withPhotos)}")
                    )
                );
                if (parsed.GetValue(again))
                {
                    await queue.AddAgainAsync(key, cancellationToken).ConfigureAwait(false);
                }

                var (added, before, refused) = await new QueueFiller(queue, tell, TimeProvider.System)
                    .RunAsync(source, key, parsed.GetValue(withPhotos), parsed.GetValue(mostWaiting), cancellationToken)
                    .ConfigureAwait(false);
                tell(
                    $"{Counted.Of(added, "task")} added"
                        + (before == 0 ? "" : $", {Counted.Of(before, "row was", "rows were")} added before (--again adds them once more)")
                        + (refused == 0 ? "" : $", {Counted.Of(refused, "row")} refused, which 'geotag queue dead' shows")
                );
                return ExitCode.Success;
            }
        );
    }

    private static Command CreateStatus()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("status", "Says how many tasks are where, and who is at work.") { json };
        return WithQueue(
            command,
            async (parsed, queue, _, cancellationToken) =>
            {
                var counts = await queue.CountAsync(cancellationToken).ConfigureAwait(false);
                var workers = await queue.WorkersAsync(cancellationToken).ConfigureAwait(false);
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json))
                {
                    output.WriteLine(
                        Line(line =>
                        {
                            line.WriteNumber("waiting", counts.Waiting);
                            line.WriteNumber("underWay", counts.UnderWay);
                            line.WriteNumber("results", counts.Results);
                            line.WriteNumber("dead", counts.Dead);
                            line.WriteStartArray("workers");
                            foreach (var worker in workers)
                            {
                                line.WriteStartObject();
                                line.WriteString("name", worker.Name);
                                line.WriteNumber("tasks", worker.Tasks);
                                line.WriteNumber("idleSeconds", Math.Round(worker.Idle.TotalSeconds, 3));
                                line.WriteEndObject();
                            }

                            line.WriteEndArray();
                        })
                    );
                    return ExitCode.Success;
                }

                output.WriteLine(
                    $"{counts.Waiting} waiting, {counts.UnderWay} under way, {Counted.Of(counts.Results, "result")}, {counts.Dead} dead"
                );
                foreach (var worker in workers.Where(worker => worker.Tasks > 0 || worker.Idle < LongSilence))
                {
                    output.WriteLine(
                        $"{worker.Name}: {Counted.Of(worker.Tasks, "task")}, heard of {worker.Idle.TotalSeconds:0} s ago"
                            + (worker.Idle < LongSilence ? "" : "; if it is gone, others take over what it had")
                    );
                }

                return ExitCode.Success;
            }
        );
    }

    private static Command CreateResults()
    {
        var remove = new Option<bool>("--remove") { Description = "Remove from the queue what was printed." };
        var command = new Command("results", "Prints the results, oldest first, as NDJSON: a list's rows.") { remove };
        return WithQueue(
            command,
            async (parsed, queue, _, cancellationToken) =>
            {
                var output = Told(parsed.InvocationConfiguration.Output);
                RedisValue? last = null;
                while (await queue.ResultsAsync(last, Page, cancellationToken).ConfigureAwait(false) is { Length: > 0 } results)
                {
                    foreach (var result in results)
                    {
                        output.WriteLine(result["result"].ToString());
                    }

                    await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                    last = results[^1].Id;
                    if (parsed.GetValue(remove))
                    {
                        await queue.RemoveAsync([.. results.Select(result => result.Id)], cancellationToken).ConfigureAwait(false);
                    }
                }

                return ExitCode.Success;
            }
        );
    }

    /// <summary>The console's writer takes a reader that has gone away for one that has read everything; what was not read must not be
    /// removed.</summary>
    private static TextWriter Told(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !OperatingSystem.IsWindows()
            ? new StreamWriter(new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0))
            : output;

    private static Command CreateDead()
    {
        var retry = new Option<bool>("--retry") { Description = "Put them among the tasks again." };
        var command = new Command("dead", "Prints the tasks that were given up, with the reasons, as NDJSON.") { retry };
        return WithQueue(
            command,
            async (parsed, queue, tell, cancellationToken) =>
            {
                // Those that die anew meanwhile are not looked at.
                var count = (await queue.CountAsync(cancellationToken).ConfigureAwait(false)).Dead;
                RedisValue? last = null;
                var (seen, revived) = (0L, 0L);
                while (
                    seen < count
                    && await queue.DeadAsync(last, (int)Math.Min(Page, count - seen), cancellationToken).ConfigureAwait(false)
                        is { Length: > 0 } page
                )
                {
                    foreach (var dead in page)
                    {
                        parsed.InvocationConfiguration.Output.WriteLine(
                            Line(line =>
                            {
                                line.WriteString("id", dead.Id);
                                line.WriteString("code", dead.Code);
                                if (dead.Field is { } field)
                                {
                                    line.WriteString("field", field);
                                }

                                line.WriteString("detail", dead.Detail);
                                line.WriteNumber("tries", dead.Tries);
                            })
                        );
                        if (parsed.GetValue(retry) && dead.IsTask)
                        {
                            await queue.ReviveAsync(dead, cancellationToken).ConfigureAwait(false);
                            revived++;
                        }
                    }

                    seen += page.Length;
                    last = page[^1].Entry;
                }

                if (parsed.GetValue(retry))
                {
                    tell(
                        $"{Counted.Of(revived, "task")} put in again"
                            + (seen == revived ? "" : $"; {Counted.Of(seen - revived, "row")} of a list never became a task and stay")
                    );
                }

                return ExitCode.Success;
            }
        );
    }

    /// <summary>Gives a verb its option of a queue, which is open while the verb is at work.</summary>
    private static Command WithQueue(Command command, Func<ParseResult, TaskQueue, Action<string>, CancellationToken, Task<int>> use)
    {
        var address = new Option<string>("--queue")
        {
            Description = "The queue: redis://host:port/database?name=NAME.",
            HelpName = "URL",
            Required = true,
        };
        command.Options.Insert(0, address);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var error = TextWriter.Synchronized(parsed.InvocationConfiguration.Error);
                void Tell(string line) => error.WriteLine($"geotag: {line.ReplaceLineEndings(" ")}");
                var queue = await TaskQueue
                    .OpenAsync(QueueAddress.Parse(parsed.GetRequiredValue(address)), Tell, TimeProvider.System, cancellationToken)
                    .ConfigureAwait(false);
                await using (queue.ConfigureAwait(false))
                {
                    return await use(parsed, queue, Tell, cancellationToken).ConfigureAwait(false);
                }
            }
        );
        return command;
    }

    private static string Line(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
