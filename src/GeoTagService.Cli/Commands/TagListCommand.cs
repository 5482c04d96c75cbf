using System.CommandLine;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag tag --input LIST --output FILE</c>: tags for a whole archive.</summary>
internal sealed class TagListCommand
{
    /// <summary>Groups under way at a service: one is answered while the next is on its way.</summary>
    private const int WholeGroups = 4;

    private readonly Option<string?> _input = new("--input") { Description = "A list: .csv, .tsv or .ndjson, a directory of photos, a pattern ('photos/**/*.jpg'), or a store of 'geotag embed'.", HelpName = "LIST" };
    private readonly Option<string?> _output = new("--output") { Description = "With --input: .csv, .ndjson, .geojson or .parquet (GeoParquet).", HelpName = "FILE" };
    private readonly Option<string?> _errors = new("--errors") { Description = "Rejected items as NDJSON. Default: the output's name and .errors.ndjson.", HelpName = "FILE" };
    private readonly Option<string> _thresholds = new("--thresholds") { Description = "Tags are given at each of these.", HelpName = "P,P", DefaultValueFactory = _ => "0.2,0.5" };
    private readonly Option<bool> _probabilities = new("--probabilities") { Description = "Write the probabilities of all 49 tags too." };
    private readonly Option<string[]> _columns = new("--column") { Description = "A column of the list by another name: id=gridimage_id.", HelpName = "NAME=COLUMN" };
    private readonly Option<string?> _root = new("--image-root") { Description = "Where the paths of a list's photos start. Default: the list's directory.", HelpName = "DIR" };
    private readonly Option<string?> _server = new("--server") { Description = "Ask this service instead of a model in this process; GEOTAG_API_KEY holds its key.", HelpName = "URL" };
    private readonly Option<string> _shard = new("--shard") { Description = "Only every N-th item, so that N machines share a list.", HelpName = "I/N", DefaultValueFactory = _ => "1/1" };
    private readonly Option<bool> _restart = new("--restart") { Description = "Begin again and replace what is there, instead of going on where a run stopped." };

    /// <summary>Adds the options to <c>geotag tag</c>.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _input, _output, _errors, _thresholds, _probabilities, _columns, _root, _server, _shard, _restart })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether the command line asks for a list.</summary>
    /// <exception cref="CommandFailureException">It asks for half of one.</exception>
    public bool IsAsked(ParseResult parsed)
    {
        var stray = new Option[] { _output, _errors, _server, _root, _columns }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        return parsed.GetValue(_input) is not null || (stray is null
            ? false
            : throw new CommandFailureException(ExitCode.Usage, $"{stray.Name} goes with --input"));
    }

    /// <summary>Tags the list.</summary>
    public async Task<int> RunAsync(ParseResult parsed, TagOptions options, string? bundle, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        var target = parsed.GetValue(_output) ?? throw new CommandFailureException(ExitCode.Usage, "--input needs --output");
        var columns = ListColumns.Parse(parsed.GetValue(_columns) ?? []);
        var shard = Shard.Parse(parsed.GetValue(_shard)!);
        var content = new ListContent(ListContent.ParseThresholds(parsed.GetValue(_thresholds)!), parsed.GetValue(_probabilities));
        var (format, rows) = FormatOf(target, content);
        var errors = parsed.GetValue(_errors) ?? target + ".errors.ndjson";
        RequireDirectoryOf(target);
        RequireDirectoryOf(errors);
        using var source = ListSource.Open(parsed.GetValue(_input)!, columns, parsed.GetValue(_root));

        var session = parsed.GetValue(_server) is null
            ? await TaggerSession.OpenAsync(bundle, error, cancellationToken).ConfigureAwait(false)
            : null;
        try
        {
            IListTagger tagger = session is not null
                ? new LocalListTagger(session.Tagger, session.Settings.Tagging, options, source.PhotoPath)
                : await ServerListTagger.OpenAsync(
                    Http(parsed.GetValue(_server)!), ToolSettings.FromEnvironment().Tagging, options, source.PhotoPath, cancellationToken).ConfigureAwait(false);
            RequireHead(options.Head, tagger.Model.Heads);
            if (source.Note is { } note)
            {
                error.WriteLine($"geotag: {note}");
            }

            if (source is StoredEmbeddings stored)
            {
                CheckModel(stored, tagger, error);
            }

            var run = $"{source.Identity}|{columns}|{shard}|{string.Join(',', content.Thresholds)}|{content.AllProbabilities}|{tagger.Identity}";
            using var files = ListFiles.Open(rows, errors, ListFiles.LedgerOf(target), run, format, parsed.GetValue(_restart), TimeProvider.System);
            await RunAsync(new ListRunner(source, tagger, format, files, shard, session?.AtOnce ?? WholeGroups), files, errors, error, cancellationToken).ConfigureAwait(false);
            files.Dispose();
            if (rows != target && File.Exists(rows))
            {
                await GeoParquetFile.WriteAsync(rows, target, content, cancellationToken).ConfigureAwait(false);
                File.Delete(rows);
            }

            return files.Ledger.Rejected > 0 ? ExitCode.ItemsFailed : ExitCode.Success;
        }
        finally
        {
            if (session is not null)
            {
                await session.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static void RequireDirectoryOf(string file)
    {
        if (ReportFileOption.MissingDirectoryOf(file) is { } directory)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{file}: there is no directory {directory}");
        }
    }

    /// <summary>A head that is not there would be the same fault of every row.</summary>
    private static void RequireHead(string? head, IReadOnlyList<string> heads)
    {
        if (!HeadSelector.IsAuto(head) && !heads.Contains(head, StringComparer.Ordinal))
        {
            throw new CommandFailureException(
                ExitCode.Usage, $"--head: the model has no head '{head}'; it has {string.Join(", ", heads)}, or auto chooses");
        }
    }

    /// <summary>Embeddings mean something to the heads of their own encoders only. A bundle with new heads has another
    /// digest and the same encoders, so that a difference is told and not refused.</summary>
    private static void CheckModel(StoredEmbeddings stored, IListTagger tagger, TextWriter error)
    {
        var (digest, dimension, _) = tagger.Model;
        if (stored.Dimension != dimension)
        {
            throw new CommandFailureException(
                ExitCode.Usage, $"the stored embeddings have {stored.Dimension} numbers, this model's have {dimension}: they are of another model");
        }

        if (stored.Model != digest)
        {
            error.WriteLine(
                $"geotag: the embeddings were made by the model {stored.Model[..12]}, this one is {digest[..12]}: "
                + "the scores are right only if it has the same encoders, as a bundle with new heads has");
        }
    }

    private static async Task RunAsync(
        ListRunner runner, ListFiles files, string errors, TextWriter error, CancellationToken cancellationToken)
    {
        var from = files.Ledger;
        if (from.Complete)
        {
            error.WriteLine($"geotag: nothing is pending: {from.Done} done, {from.Rejected} rejected");
            return;
        }

        if (from.Next > 0)
        {
            error.WriteLine($"geotag: going on at item {from.Next}: {from.Done} done, {from.Rejected} rejected so far");
        }

        try
        {
            await ListProgress.RunAsync(error, from, progress => runner.RunAsync(progress, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            var to = files.Ledger;
            error.WriteLine(
                $"geotag: {to.Done + to.Rejected} items: {to.Done} done, {to.Rejected} rejected{(to.Rejected > 0 ? $" ({errors})" : "")}, "
                + (to.Complete ? "none pending" : $"those from item {to.Next} on pending; the same command goes on there"));
        }
    }

    private static (RowFormat Format, string Rows) FormatOf(string target, ListContent content) => Path.GetExtension(target).ToLowerInvariant() switch
    {
        ".csv" => (new CsvFormat(content), target),
        ".ndjson" or ".jsonl" => (new NdJsonFormat(content), target),
        ".geojson" or ".json" => (new GeoJsonFormat(content), target),
        // A Parquet file cannot be continued after a kill: the rows wait as NDJSON until they are complete.
        ".parquet" or ".geoparquet" => (new NdJsonFormat(content), target + ".rows"),
        _ => throw new CommandFailureException(ExitCode.Usage, $"{target}: an output is .csv, .ndjson, .geojson or .parquet"),
    };

    private static Uri Http(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
            ? uri
            : throw new CommandFailureException(ExitCode.Usage, $"'{server}' is not the address of a service, such as http://localhost:8080");
}
