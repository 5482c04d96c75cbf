using System.CommandLine;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Marking;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Commands;

/// <summary>Who tags a list, and when its rejected items are a failure: the same for a list and for a plan's task.</summary>
internal sealed class ListEngineOptions
{
    /// <summary>Groups under way at a service: one is answered while the next is on its way.</summary>
    private const int WholeGroups = 4;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly Option<string> _thresholds = new("--thresholds")
    {
        Description = "Tags are given at each of these.",
        HelpName = "P,P",
        DefaultValueFactory = _ => "0.2,0.5",
    };
    private readonly Option<bool> _probabilities = new("--probabilities") { Description = "Write the probabilities of all 49 tags too." };
    private readonly Option<bool> _scores = new("--scores")
    {
        Description = "Write the probabilities of the tags that are given beside them.",
    };
    private readonly Option<bool> _about = new("--about-line")
    {
        Description = "Begin NDJSON with a line that says what it is: model, head, thresholds, tags.",
    };
    private readonly Option<string?> _server = new("--server")
    {
        Description = "Ask this service instead of a model in this process; GEOTAG_API_KEY holds its key.",
        HelpName = "URL",
    };
    private readonly Option<bool> _failOnRejects = new("--fail-on-rejects")
    {
        Description = "Exit with 1 when items were rejected, though they are recorded.",
    };
    private readonly Option<long?> _maxRejected = new("--max-rejected")
    {
        Description = "Stop with 1 when more items than this are rejected.",
        HelpName = "N",
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "Do not say how far a list is." };

    private readonly FetchOptions _fetch = new();
    private readonly Option<string?> _s3 = S3Endpoint.Create();

    private readonly XmpOptions _xmp = new();

    /// <summary>The options.</summary>
    public IEnumerable<Option> All =>
        [_thresholds, _probabilities, _scores, _about, _server, _failOnRejects, _maxRejected, _quiet, .. _fetch.All, _s3, .. _xmp.All];

    /// <summary>Those that mean nothing for one photo.</summary>
    public IEnumerable<Option> OfListsAlone => [_scores, _about, _server, _failOnRejects, _maxRejected, _quiet];

    /// <summary>The most items that may be rejected.</summary>
    public long MaxRejected(ParseResult parsed) =>
        parsed.GetValue(_maxRejected) switch
        {
            null => long.MaxValue,
            < 0 => throw new CommandFailureException(ExitCode.Usage, $"{_maxRejected.Name} takes 0 or more"),
            var most => most.Value,
        };

    /// <summary>Whether nothing is said of how far a list is.</summary>
    public bool IsQuiet(ParseResult parsed) => parsed.GetValue(_quiet);

    /// <summary>What the rows hold.</summary>
    public ListContent Content(ParseResult parsed) =>
        new(
            ListContent.ParseThresholds(parsed.GetValue(_thresholds)!),
            parsed.GetValue(_probabilities),
            parsed.GetValue(_about),
            parsed.GetValue(_scores)
        );

    /// <summary>The exit code of a run: rejected items are recorded, and a failure only for who says so.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="rejected">How many items were rejected.</param>
    /// <param name="isComplete">Whether nothing is pending.</param>
    /// <param name="error">Standard error.</param>
    public int ExitCodeOf(ParseResult parsed, long rejected, bool isComplete, TextWriter error)
    {
        if (!isComplete)
        {
            error.WriteLine(
                $"geotag: stopped, because more than {Counted.Of(MaxRejected(parsed), "item was", "items were")} rejected; the same command with a higher {_maxRejected.Name} goes on"
            );
            return ExitCode.ItemsFailed;
        }

        return rejected > 0 && parsed.GetValue(_failOnRejects) ? ExitCode.ItemsFailed : ExitCode.Success;
    }

    /// <summary>Who writes tags into photos or beside them; null where nobody does.</summary>
    public PhotoMarker? Marker(ParseResult parsed) => _xmp.Marker(parsed);

    /// <summary>How hosts are treated whose photos are fetched.</summary>
    public WebManners Manners(ParseResult parsed, string? bundleDigest) =>
        _fetch.Manners(parsed, FirstRetry, bundleDigest) with
        {
            S3Endpoint = S3Endpoint.Read(parsed, _s3),
        };

    /// <summary>Loads the model, or asks the service for it.</summary>
    public async Task<Opened> OpenAsync(ParseResult parsed, TagOptions options, string? bundle, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        if (parsed.GetValue(_server) is { } server)
        {
            var address = Http(server);
            return new Opened(null, options, ToolSettings.FromEnvironment(), address, Manners(parsed, null), Marking(parsed));
        }

        Manners(parsed, null);
        var session = await TaggerSession.OpenAsync(bundle, error, cancellationToken).ConfigureAwait(false);
        return new Opened(session, options, session.Settings, null, Manners(parsed, session.Tagger.Model.Bundle.Digest), Marking(parsed));
    }

    /// <summary>A head that is not there would be the same fault of every row.</summary>
    public static void RequireHead(string? head, IReadOnlyList<string> heads)
    {
        if (!HeadSelector.IsAuto(head) && !heads.Contains(head, StringComparer.Ordinal))
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                $"--head: the model has no head '{head}'; it has {string.Join(", ", heads)}, or auto chooses"
            );
        }
    }

    // Of several thresholds the surest: keywords in a photo are read by everybody.
    private (PhotoMarker? Marker, float Threshold) Marking(ParseResult parsed) => (Marker(parsed), Content(parsed).Thresholds.Max());

    private static Uri Http(string server) =>
        Uri.TryCreate(server, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
            ? uri
            : throw new CommandFailureException(
                ExitCode.Usage,
                $"'{server}' is not the address of a service, such as http://localhost:8080"
            );

    /// <summary>A model in this process, or a service; it tags any number of lists.</summary>
    internal sealed class Opened(
        TaggerSession? session,
        TagOptions options,
        ToolSettings settings,
        Uri? server,
        WebManners manners,
        (PhotoMarker? Marker, float Threshold) marking
    ) : IAsyncDisposable
    {
        private readonly WebFetch _web = new(manners, settings.Tagging.MaxImageBytes);

        /// <summary>What works through a list.</summary>
        public async Task<ListEngine> ForAsync(ListSource source, TextWriter error, CancellationToken cancellationToken)
        {
            var photos = _web.Over(new FilePhotos(source.PhotoPath, settings.Tagging.MaxImageBytes));
            IListTagger tagger = session is not null
                ? new LocalListTagger(session.Tagger, settings.Tagging, options, photos)
                : await ServerListTagger.OpenAsync(server!, options, photos, cancellationToken).ConfigureAwait(false);
            RequireHead(options.Head, tagger.Model.Heads);
            if (source is StoredEmbeddings stored)
            {
                CheckModel(stored, tagger, error);
            }

            if (marking.Marker is { } marker)
            {
                tagger = new MarkingTagger(tagger, marker, marking.Threshold, source.PhotoPath, settings.Tagging.MaxImageBytes);
            }

            return new ListEngine(tagger, photos, session?.AtOnce ?? WholeGroups);
        }

        public ValueTask DisposeAsync()
        {
            _web.Dispose();
            return session?.DisposeAsync() ?? ValueTask.CompletedTask;
        }

        /// <summary>Embeddings mean something to the heads of their own encoders only. A bundle with new heads has another
        /// digest and the same encoders, so that a difference is told and not refused.</summary>
        private static void CheckModel(StoredEmbeddings stored, IListTagger tagger, TextWriter error)
        {
            var (digest, dimension) = (tagger.Model.Digest, tagger.Model.EmbeddingDimension);
            if (stored.Dimension != dimension)
            {
                throw new CommandFailureException(
                    ExitCode.Usage,
                    $"the stored embeddings have {stored.Dimension} numbers, this model's have {dimension}: they are of another model"
                );
            }

            if (stored.Model != digest)
            {
                error.WriteLine(
                    $"geotag: the embeddings were made by the model {stored.Model[..12]}, this one is {digest[..12]}: "
                        + "the scores are right only if it has the same encoders, as a bundle with new heads has"
                );
            }
        }
    }
}
