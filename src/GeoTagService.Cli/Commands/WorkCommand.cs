using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using GeoTagService.Bulk.Work;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag work</c>: takes photos from Geograph's labeller and hands in labels and embeddings.</summary>
internal static class WorkCommand
{
    /// <summary>The head that Geograph knows as <c>clip</c>.</summary>
    private const string GeographHead = "mlp-img-txt-mixup";

    private const string UntitledHead = "head";
    private const string UntitledWarn = "warn";

    /// <summary>Milliseconds: so long a wait is between two tries at least, whatever the pause.</summary>
    private const int LeastDelay = 20;

    /// <summary>How many parts the labeller deals its photos into.</summary>
    private const int Parts = 32;

    public static Command Create()
    {
        var address = new Option<string?>("--labeller")
        {
            Description = "The labeller's endpoint, with the model in its query: …/labeler.json.php?model=clip",
            HelpName = "URL",
        };
        var state = new Option<string>("--state")
        {
            Description = "Directory that keeps results until they are taken.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "geotag-work",
        };
        var record = new Option<string?>("--record")
        {
            Description = "Append every result here too, as NDJSON, with photographer and licence where the labeller gives them.",
            HelpName = "FILE",
        };
        var head = new Option<string?>("--head")
        {
            Description = $"The head that scores. Default: {GeographHead} for a labeller, auto for a queue.",
            HelpName = "NAME",
        };
        var limit = NumberOption.Create("--limit", "Most photos of a batch.", 250);
        var polls = new Option<int?>("--polls") { Description = "Stop after so many polls. Default: never.", HelpName = "N" };
        var worker = new Option<int?>("--worker")
        {
            Description = "Which of the labeller's 32 parts to take, 0 to 31. Default: by this machine's name.",
            HelpName = "N",
        };
        var pause = NumberOption.Create("--pause", "Least seconds between two polls.", 1);
        var attempts = NumberOption.Create("--attempts", "How often a photo, a post or a task may fail before it is set aside.", 3);
        var untitled = new Option<string>("--untitled")
        {
            Description = "Rows without a title: scored by the best 'head' without one, or by the empty title with a line to 'warn'.",
            HelpName = "head|warn",
            DefaultValueFactory = _ => UntitledHead,
        };
        untitled.AcceptOnlyFromAmong(UntitledHead, UntitledWarn);
        var fetch = new FetchOptions();
        var demonstration = new Option<bool>("--demonstration") { Description = "Hand in answers of a demonstration model too." };
        var bundle = BundleOption.Create();
        var queue = new QueueWorkCommand();
        var command = new Command("work", "Takes photos from Geograph's labeller or from a queue, and hands in what they show.")
        {
            address,
            state,
            record,
            head,
            untitled,
            limit,
            polls,
            worker,
            pause,
            attempts,
            demonstration,
            bundle,
        };
        foreach (var option in fetch.All)
        {
            command.Options.Add(option);
        }

        queue.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var isQueue = queue.IsAsked(parsed, address, state, record, untitled, limit, polls, worker, demonstration);
                var error = parsed.InvocationConfiguration.Error;
                void Tell(string line) => error.WriteLine($"geotag: {line.ReplaceLineEndings(" ")}");
                var seconds = NumberOption.InRange(parsed, pause, 0, 3600);
                var delay = TimeSpan.FromMilliseconds(Math.Clamp(1000 * seconds, LeastDelay, 1000));
                var web = fetch.Manners(parsed, delay, null);
                if (isQueue)
                {
                    return await queue
                        .RunAsync(
                            parsed,
                            parsed.GetValue(head),
                            NumberOption.InRange(parsed, attempts, 1, 100),
                            web,
                            parsed.GetValue(bundle),
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                }

                var headName = parsed.GetValue(head) ?? GeographHead;
                var manners = new WorkManners(
                    Http(parsed.GetValue(address) ?? throw new CommandFailureException(ExitCode.Usage, "give --labeller or --queue")),
                    NumberOption.InRange(parsed, limit, 1, 10_000),
                    parsed.GetValue(worker) is { } number ? NumberOption.Within(worker.Name, number, 0, Parts - 1) : OwnPart(),
                    TimeSpan.FromSeconds(seconds),
                    NumberOption.InRange(parsed, attempts, 1, 100),
                    parsed.GetValue(untitled) == UntitledWarn
                );
                var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    var model = session.Tagger.Model.Bundle;
                    Check(model.Manifest, headName, parsed.GetValue(demonstration));

                    // As the labeller's own worker sees photos: their EXIF orientation is not looked at.
                    var titled = new TagOptions { Head = headName, ApplyOrientation = false };
                    using var labellerWorker = new LabellerWorker(
                        new LabellerWork
                        {
                            Labeller = manners,
                            Photos = web,
                            MaxPhotoBytes = session.Settings.Tagging.MaxImageBytes,
                            Titled = titled,
                            Untitled = Untitled(titled, parsed.GetValue(untitled)!, session, Tell),
                            State = parsed.GetValue(state)!,
                            Delay = delay,
                            Record = parsed.GetValue(record),
                        },
                        session.Tagger,
                        Tell,
                        TimeProvider.System
                    );
                    return await RunAsync(labellerWorker, parsed.GetValue(polls), Tell, cancellationToken).ConfigureAwait(false);
                }
            }
        );
        return command;
    }

    private static async Task<int> RunAsync(LabellerWorker worker, int? polls, Action<string> tell, CancellationToken cancellationToken)
    {
        try
        {
            await worker.RunAsync(polls, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            var totals = worker.Totals;
            var untitled = totals.Untitled > 0 ? $" ({totals.Untitled} without a title)" : "";
            tell(
                $"{Counted.Of(totals.Rows, "photo")}: {totals.Done} done{untitled}, {totals.Failed} failed, {totals.Left} left for later, {totals.Aside} set aside"
            );
            if (worker.Waiting + worker.Aside is > 0 and var kept)
            {
                tell($"{Counted.Of(kept, "post")} not taken by the labeller; kept, and the first to go out next time");
            }
        }

        return (worker.Waiting, worker.Totals) switch
        {
            (> 0, _) => ExitCode.Environment,
            (_, { Failed: 0, Left: 0, Aside: 0 }) when worker.Aside == 0 => ExitCode.Success,
            _ => ExitCode.ItemsFailed,
        };
    }

    /// <summary>How rows without a title are scored.</summary>
    private static TagOptions Untitled(TagOptions titled, string how, TaggerSession session, Action<string> tell)
    {
        var heads = session.Tagger.Model.Heads.Select(head => head.Descriptor).ToList();
        var takesTitle = heads.Single(head => head.Name == titled.Head).Modalities.HasFlag(Modalities.Title);
        if (how == UntitledWarn || !takesTitle)
        {
            return titled;
        }

        // The best for a photo alone, whatever head the service is set to.
        var others = heads.Where(head => !head.Modalities.HasFlag(Modalities.Title)).ToList();
        if (
            others.Count > 0
            && new HeadSelector(others, new TaggingOptions { HeadPolicy = session.Settings.Tagging.HeadPolicy }).Choose(
                Modalities.Image,
                null
            )
                is { IsSuccess: true } best
        )
        {
            return titled with { Head = best.Value.Head.Name };
        }

        tell("the model has no head without titles; the empty title stands in for a missing one");
        return titled;
    }

    private static void Check(BundleManifest model, string head, bool demonstration)
    {
        if (!model.Heads.Any(known => known.Name == head))
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{model.Name} has no head '{head}', which the labeller's model is; --head names another one: {string.Join(", ", model.Heads.Select(known => known.Name))}"
            );
        }

        if (model.Purpose == BundlePurpose.Demonstration && !demonstration)
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{model.Name} is a demonstration model: its answers must not reach a labeller; '{InstallationCommand.Text}' gets the real one"
            );
        }
    }

    /// <summary>The same part after every start, another one on most other machines.</summary>
    private static int OwnPart() => SHA256.HashData(Encoding.UTF8.GetBytes(Environment.MachineName))[0] % Parts;

    private static Uri Http(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
            ? uri
            : throw new CommandFailureException(ExitCode.Usage, $"'{address}' is not the address of a labeller");
}
