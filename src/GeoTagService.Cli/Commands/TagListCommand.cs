using System.CommandLine;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;

namespace GeoTagService.Cli.Commands;

/// <summary>What becomes of the rows of items that a list has no more.</summary>
internal enum VanishedRows
{
    /// <summary>They go.</summary>
    Drop,

    /// <summary>They stay.</summary>
    Keep,
}

/// <summary><c>geotag tag --input LIST --output FILE</c>: tags for a whole archive.</summary>
/// <param name="engine">Who tags; shared with the tasks of plans.</param>
/// <param name="photos">What is given as arguments.</param>
internal sealed class TagListCommand(ListEngineOptions engine, Argument<string[]> photos)
{
    private readonly Option<string[]> _input = new("--input")
    {
        Description =
            "Photos, directories, patterns ('photos/**/*.jpg'), or lists: .csv, .tsv, .ndjson, - for standard input, a store of 'geotag embed'.",
        HelpName = "LIST",
    };
    private readonly Option<string?> _output = new("--output")
    {
        Description = $"Where the rows go: {ListFormat.UsualEndings} (GeoParquet).",
        HelpName = "FILE",
    };
    private readonly Option<string?> _errors = new("--errors")
    {
        Description = "Rejected items as NDJSON. Default: the output's name and .errors.ndjson.",
        HelpName = "FILE",
    };
    private readonly Option<string[]> _columns = new("--column")
    {
        Description = "A column of the list by another name: id=gridimage_id.",
        HelpName = "NAME=COLUMN",
    };
    private readonly Option<string?> _root = new("--image-root")
    {
        Description = "Where the paths of a list's photos start. Default: the list's directory.",
        HelpName = "DIR",
    };
    private readonly Option<string> _shard = new("--shard")
    {
        Description = "Only every N-th item, so that N machines share a list.",
        HelpName = "I/N",
        DefaultValueFactory = _ => "1/1",
    };
    private readonly Option<bool> _restart = new("--restart")
    {
        Description = "Begin again and replace what is there, instead of going on where a run stopped.",
    };
    private readonly Option<bool> _update = new("--update")
    {
        Description = "Bring an output up to date with its list: tag what is new or changed, keep the rest.",
    };
    private readonly Option<VanishedRows> _vanished = new("--vanished")
    {
        Description = "With --update: drop (default) or keep the rows of what the list has no more.",
        HelpName = "drop|keep",
    };
    private readonly Option<bool> _trustTimes = new("--trust-times")
    {
        Description = "With --update: take a photo of the same size and time to be the same without reading it.",
    };

    /// <summary>Options that go with <c>--input</c> alone.</summary>
    public IEnumerable<Option> Own => [_output, _errors, _columns, _root, _shard, _update, _vanished, _trustTimes];

    /// <summary>Options that say which list, and where its output goes.</summary>
    public IEnumerable<Option> OfItself => Own.Prepend(_input);

    /// <summary>Whether to begin again.</summary>
    public bool Restarts(ParseResult parsed) => parsed.GetValue(_restart);

    /// <summary>Adds the options to <c>geotag tag</c>.</summary>
    public void AddTo(Command command)
    {
        foreach (
            var option in new Option[] { _input }
                .Concat(Own)
                .Append(_restart)
                .Concat(engine.All)
        )
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the command line asks for a list.</summary>
    /// <exception cref="CommandFailureException">It asks for half of one.</exception>
    public bool IsAsked(ParseResult parsed)
    {
        var stray = new Option[] { _restart }
            .Concat(Own)
            .Concat(engine.OfListsAlone)
            .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        return parsed.GetValue(_input) is { Length: > 0 }
            || (parsed.GetValue(photos) is { Length: > 0 } && parsed.GetValue(_output) is not null)
            || (
                stray is null
                    ? false
                    : throw new CommandFailureException(ExitCode.Usage, $"{stray.Name} goes with a list: photos or --input, and --output")
            );
    }

    /// <summary>Tags the list.</summary>
    public async Task<int> RunAsync(ParseResult parsed, TagOptions options, string? bundle, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        var target = parsed.GetValue(_output) ?? throw new CommandFailureException(ExitCode.Usage, "--input needs --output");
        var given = InputsOf(parsed);
        var columns = ListColumns.Parse(parsed.GetValue(_columns) ?? []);
        var content = engine.Content(parsed);
        var format =
            ListFormat.Of(target) ?? throw new CommandFailureException(ExitCode.Usage, $"{target}: an output is {ListFormat.UsualEndings}");
        var paths = RunPaths.Beside(target, format, parsed.GetValue(_errors));
        var part = new ListPart(Shard.Parse(parsed.GetValue(_shard)!));
        RequireSense(parsed);
        RequireDirectoryOf(target);
        RequireDirectoryOf(paths.Errors);
        OutputFiles.RequireApart(target, parsed.GetValue(_errors), given);
        var root = parsed.GetValue(_root);
        if (given is [StandardInput.Name])
        {
            paths.Prepare();
            var mayReplace = parsed.GetValue(_update) || Restarts(parsed) || !paths.IsBegun;
            (given, root) = ([StandardInput.Keep(paths.StandardInput, mayReplace)], root ?? Directory.GetCurrentDirectory());
        }

        ListSource Open() => ListInputs.Open(given, columns, root, engine.Manners(parsed, null));
        using var source = Open();
        paths.Prepare();
        using var lease = await RunLease
            .AcquireAsync(
                paths.Ledger,
                holder =>
                {
                    error.WriteLine($"geotag: {holder} is at this run; waiting until it ends");
                    return true;
                },
                LeaseTimes.Default,
                TimeProvider.System,
                cancellationToken
            )
            .ConfigureAwait(false);

        var opened = await engine.OpenAsync(parsed, options, bundle, cancellationToken).ConfigureAwait(false);
        await using (opened.ConfigureAwait(false))
        {
            var worker = await opened.ForAsync(source, error, cancellationToken).ConfigureAwait(false);
            if (source.Note is { } note)
            {
                error.WriteLine($"geotag: {note}");
            }

            var request = new ListRequest
            {
                Paths = paths,
                Format = format,
                Head = options.Head,
                Content = content,
                Part = part,
                Options = $"{columns}|{part.Shard}|{content.Identity}",
                Restart = Restarts(parsed),
                Update = parsed.GetValue(_update),
                KeepsVanished = parsed.GetValue(_vanished) == VanishedRows.Keep,
                TrustsTimes = parsed.GetValue(_trustTimes),
                MaxRejected = engine.MaxRejected(parsed),
                IsQuiet = engine.IsQuiet(parsed),
            };
            var end = await new ListRun(request, worker, Open, lease!, error, TimeProvider.System)
                .RunAsync(source, cancellationToken)
                .ConfigureAwait(false);
            return engine.ExitCodeOf(parsed, end.Rejected, end.IsComplete, error);
        }
    }

    /// <summary>What is given, by option or as arguments.</summary>
    private string[] InputsOf(ParseResult parsed)
    {
        string[] given = [.. parsed.GetValue(_input) ?? [], .. parsed.GetValue(photos) ?? []];
        return given.Length > 1 && given.Contains(StandardInput.Name)
            ? throw new CommandFailureException(ExitCode.Usage, $"{StandardInput.Name} is a list by itself: give it alone")
            : given;
    }

    private void RequireSense(ParseResult parsed)
    {
        var ofUpdates = new Option[] { _vanished, _trustTimes }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (ofUpdates is not null && !parsed.GetValue(_update))
        {
            throw new CommandFailureException(ExitCode.Usage, $"{ofUpdates.Name} goes with {_update.Name}");
        }

        if (parsed.GetValue(_update) && Restarts(parsed))
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"{_update.Name} keeps what is there, {_restart.Name} replaces it: choose one"
            );
        }
    }

    private static void RequireDirectoryOf(string file)
    {
        if (ReportFileOption.MissingDirectoryOf(file) is { } directory)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{file}: there is no directory {directory}");
        }
    }
}
