using System.CommandLine;
using System.Globalization;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Queue;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag work --queue</c>: tags what is in a queue, until it is told to stop.</summary>
internal sealed class QueueWorkCommand
{
    /// <summary>How long a worker that is told to stop may take: what is in hand is finished first.</summary>
    public static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(27);

    private const string Name = "--queue";

    private readonly Option<string?> _queue = new(Name)
    {
        Description = "Instead of a labeller a queue of tasks: redis://host:port/database?name=NAME.",
        HelpName = "URL",
    };
    private readonly Option<string?> _root = new("--image-root")
    {
        Description = "With --queue: where relative paths of photos start. Default: here.",
        HelpName = "DIR",
    };
    private readonly Option<string> _thresholds = new("--thresholds")
    {
        Description = "With --queue: tags are given at each of these.",
        HelpName = "P,P",
        DefaultValueFactory = _ => "0.2,0.5",
    };
    private readonly Option<bool> _probabilities = new("--probabilities")
    {
        Description = "With --queue: write the probabilities of all 49 tags too.",
    };
    private readonly Option<bool> _scores = new("--scores")
    {
        Description = "With --queue: write the probabilities of the tags that are given beside them.",
    };
    private readonly Option<bool> _ignoreOrientation = new("--ignore-orientation")
    {
        Description = "With --queue: do not turn photos as their EXIF orientation says.",
    };
    private readonly Option<double> _silence = new("--silence")
    {
        Description = "With --queue: after so many seconds without a word from its worker a task is another's; the same for all.",
        HelpName = "S",
        DefaultValueFactory = _ => 60,
    };
    private readonly Option<int?> _atOnce = new("--at-once")
    {
        Description = "With --queue: most tasks in hand. Default: as many as keep the encoders busy.",
        HelpName = "N",
    };
    private readonly Option<bool> _untilEmpty = new("--until-empty")
    {
        Description = "With --queue: end when every task is answered or given up.",
    };

    private IEnumerable<Option> Own => [_root, _thresholds, _probabilities, _scores, _ignoreOrientation, _silence, _atOnce, _untilEmpty];

    /// <summary>Whether a command finishes what is in hand when it is told to stop.</summary>
    public static bool FinishesFirst(ParseResult parsed) => parsed.GetResult(Name) is not null;

    /// <summary>Adds the options to <c>geotag work</c>.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in Own.Prepend(_queue))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the command line asks for a queue.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ofLabellers">Options that mean nothing for a queue.</param>
    /// <exception cref="CommandFailureException">It asks for half of one, or for both.</exception>
    public bool IsAsked(ParseResult parsed, params IEnumerable<Option> ofLabellers)
    {
        bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };
        var isQueue = parsed.GetValue(_queue) is not null;
        return (isQueue ? ofLabellers : Own).FirstOrDefault(IsGiven) is { } stray
            ? throw new CommandFailureException(
                ExitCode.Usage,
                isQueue ? $"{stray.Name} is for a labeller, not for {_queue.Name}" : $"{stray.Name} goes with {_queue.Name}"
            )
            : isQueue;
    }

    /// <summary>Works.</summary>
    public async Task<int> RunAsync(
        ParseResult parsed,
        string? head,
        int attempts,
        WebManners web,
        string? bundle,
        CancellationToken cancellationToken
    )
    {
        var error = TextWriter.Synchronized(parsed.InvocationConfiguration.Error);
        void Tell(string line) => error.WriteLine($"geotag: {line.ReplaceLineEndings(" ")}");
        var address = QueueAddress.Parse(parsed.GetValue(_queue)!);
        var silence = parsed.GetValue(_silence);
        if (silence is not (>= 1 and <= 86_400))
        {
            throw new CommandFailureException(ExitCode.Usage, $"{_silence.Name} lies between 1 and 86400 seconds");
        }

        if (parsed.GetValue(_atOnce) is < 1 or > 10_000)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{_atOnce.Name} lies between 1 and 10000");
        }

        var content = new ListContent(
            ListContent.ParseThresholds(parsed.GetValue(_thresholds)!),
            parsed.GetValue(_probabilities),
            Scores: parsed.GetValue(_scores)
        );
        var root = parsed.GetValue(_root) ?? ".";
        var time = TimeProvider.System;

        // First, because it takes no time to say that there is no such server.
        var queue = await TaskQueue.OpenAsync(address, Tell, time, cancellationToken).ConfigureAwait(false);
        await using (queue.ConfigureAwait(false))
        {
            var session = await TaggerSession.OpenAsync(bundle, error, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                var model = session.Tagger.Model.Bundle;
                var mostBytes = session.Settings.Tagging.MaxImageBytes;
                using var fetch = new WebFetch(web with { Caller = web.Caller with { BundleDigest = model.Digest } }, mostBytes);
                var tagger = new LocalListTagger(
                    session.Tagger,
                    session.Settings.Tagging,
                    new TagOptions { Head = head, ApplyOrientation = !parsed.GetValue(_ignoreOrientation) },
                    fetch.Over(new FilePhotos(item => Path.Combine(root, item.Image!), mostBytes))
                );
                ListEngineOptions.RequireHead(head, tagger.Model.Heads);
                using var worker = new QueueWorker(
                    queue,
                    tagger,
                    head,
                    content,
                    new QueueManners(
                        OwnName(),
                        parsed.GetValue(_atOnce) ?? session.AtOnce,
                        attempts,
                        TimeSpan.FromSeconds(silence),
                        parsed.GetValue(_untilEmpty)
                    ),
                    Tell,
                    time
                );
                Tell($"at work for {address}");
                try
                {
                    await worker.RunAsync(cancellationToken).ConfigureAwait(false);
                }
                finally
                {
                    var totals = worker.Totals;
                    Tell(
                        $"{Counted.Of(totals.Done, "task")} answered, {totals.Dead} given up, {totals.Left} left for another try, {totals.Late} answered by others meanwhile"
                    );
                }

                return ExitCode.Success;
            }
        }
    }

    /// <summary>Another one at every start: two workers of one name would take each other's tasks for their own.</summary>
    private static string OwnName() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.MachineName}-{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..6]}"
        );
}
