using System.Runtime.CompilerServices;
using GeoTagService.Client;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Bulk.Lists;

/// <summary>Tags items of a list. Items are grouped, because what is best together depends on who tags.</summary>
internal interface IListTagger
{
    /// <summary>What answers, for the ledger: equal texts give equal answers.</summary>
    string Identity { get; }

    /// <summary>The model that scores.</summary>
    ListModel Model { get; }

    /// <summary>How many items to tag in one call, when they carry embeddings and when they do not.</summary>
    (int Embedded, int Photos) GroupSize { get; }

    /// <summary>Tags items.</summary>
    /// <returns>One outcome an item, in order.</returns>
    /// <exception cref="RunFailureException">Nothing can be tagged any more.</exception>
    Task<ListOutcome[]> TagAsync(IReadOnlyList<ListItem> items, CancellationToken cancellationToken);
}

/// <summary>What a list has to know of the model that scores it.</summary>
/// <param name="Digest">Digest of its bundle.</param>
/// <param name="EmbeddingDimension">Length of its embeddings.</param>
/// <param name="Heads">Names of its heads.</param>
internal sealed record ListModel(string Digest, int EmbeddingDimension, IReadOnlyList<string> Heads);

/// <summary>Tags with a model in this process.</summary>
/// <param name="tagger">The tagger.</param>
/// <param name="settings">Its settings.</param>
/// <param name="options">Head and orientation.</param>
/// <param name="pathOf">Path of a photo.</param>
internal sealed class LocalListTagger(
    PhotoTagger tagger, TaggingOptions settings, TagOptions options, Func<string, string> pathOf) : IListTagger
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly EmbeddingBatchScorer _scorer = new(tagger.Model, settings);

    public string Identity => $"{tagger.Model.Bundle.Digest} {options.Head} {options.ApplyOrientation}";

    public ListModel Model { get; } = new(
        tagger.Model.Bundle.Digest,
        tagger.Model.Encoder.Geometry.EmbeddingDimension,
        [.. tagger.Model.Bundle.Manifest.Heads.Select(head => head.Name)]);

    // Rows of embeddings share one matrix product; photos find each other in the lanes.
    public (int Embedded, int Photos) GroupSize => (256, 1);

    public async Task<ListOutcome[]> TagAsync(IReadOnlyList<ListItem> items, CancellationToken cancellationToken)
    {
        if (items[0].IsEmbedded)
        {
            return [.. _scorer.Score([.. items.Select(Embedded)]).Select(ToOutcome)];
        }

        var outcomes = new ListOutcome[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            outcomes[i] = await TagAsync(items[i], cancellationToken).ConfigureAwait(false);
        }

        return outcomes;
    }

    private async Task<ListOutcome> TagAsync(ListItem item, CancellationToken cancellationToken)
    {
        var input = Place(item) with { Title = item.Title };
        if (item.Image is { } image)
        {
            var read = PhotoFile.Read(pathOf(image), settings.MaxImageBytes);
            if (!read.IsSuccess)
            {
                return ListFault.OfPhoto(pathOf(image), read.Error);
            }

            input = input with { Image = read.Value };
        }

        while (true)
        {
            var outcome = await tagger.TagAsync(input, cancellationToken).ConfigureAwait(false);
            if (outcome.IsSuccess || outcome.Error.Code != TaggingErrorCode.Overloaded)
            {
                if (!outcome.IsSuccess)
                {
                    LostEncoder.EndsTheRun(outcome.Error);
                }

                return ToOutcome(outcome);
            }

            // A full lane is no fault of the item.
            var pause = outcome.Error.RetryAfter is { } wait && wait < LongestPause ? wait : LongestPause;
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private EmbeddedInput Embedded(ListItem item) =>
        new(new ItemEmbeddings(item.ImageEmbedding, item.TitleEmbedding), Place(item));

    private TagInput Place(ListItem item) => new()
    {
        Latitude = item.Latitude,
        Longitude = item.Longitude,
        GridReference = item.GridReference,
        Options = options,
    };

    private static ListOutcome ToOutcome(Outcome<TagResult> outcome) => outcome.IsSuccess
        ? new ListScores(
            outcome.Value.Probabilities,
            outcome.Value.Location is { } place
                ? new ListPlace(place.Position.Latitude, place.Position.Longitude, place.GridReference)
                : null,
            outcome.Value.Head.Name,
            outcome.Value.Warnings.Count == 0 ? [] : [.. outcome.Value.Warnings.Select(warning => warning.Code)])
        : ListFault.Of(outcome.Error);
}

/// <summary>Tags with a running service.</summary>
/// <param name="geotag">The client.</param>
/// <param name="model">The service's model.</param>
/// <param name="tagIds">The service's tags in head-row order.</param>
/// <param name="settings">Limits of this machine.</param>
/// <param name="options">Head and orientation.</param>
/// <param name="pathOf">Path of a photo.</param>
internal sealed class ServerListTagger(
    GeoTagClient geotag, ListModel model, IReadOnlyList<string> tagIds, TaggingOptions settings, TagOptions options, Func<string, string> pathOf) : IListTagger
{
    public string Identity => $"{model.Digest} {options.Head} {options.ApplyOrientation}";

    public ListModel Model => model;

    public (int Embedded, int Photos) GroupSize => (64, 16);

    /// <summary>Asks a service what it serves.</summary>
    /// <exception cref="RunFailureException">It does not answer, or not as GeoTagService.</exception>
    public static async Task<ServerListTagger> OpenAsync(
        Uri server, TaggingOptions settings, TagOptions options, Func<string, string> pathOf, CancellationToken cancellationToken)
    {
        var geotag = GeoTagClient.Create(new GeoTagClientOptions
        {
            BaseAddress = server,
            ApiKey = Environment.GetEnvironmentVariable("GEOTAG_API_KEY"),
        });
        try
        {
            var model = await geotag.GetModelAsync(cancellationToken).ConfigureAwait(false);
            var tags = await geotag.GetTagsAsync(cancellationToken).ConfigureAwait(false);
            return new ServerListTagger(
                geotag,
                new ListModel(model.Digest, model.Geometry.EmbeddingDimension, [.. model.Heads.Select(head => head.Name)]),
                [.. tags.Tags.Select(tag => tag.Id)],
                settings,
                options,
                pathOf);
        }
        catch (Exception fault) when (fault is GeoTagProblemException or HttpRequestException)
        {
            throw Unreachable(fault);
        }
    }

    public async Task<ListOutcome[]> TagAsync(IReadOnlyList<ListItem> items, CancellationToken cancellationToken)
    {
        var outcomes = new ListOutcome[items.Count];
        var sent = new List<int>(items.Count);
        var shape = new BatchShape(GroupSize.Embedded, 1);
        try
        {
            var lines = items[0].IsEmbedded
                ? geotag.TagFromEmbeddingsAsync(Embedded(items, sent).ToAsyncEnumerable(), shape, cancellationToken)
                : geotag.TagBatchAsync(PhotosAsync(items, sent, outcomes, cancellationToken), shape, cancellationToken);
            await foreach (var line in lines.ConfigureAwait(false))
            {
                outcomes[sent[(int)line.Index]] = ToOutcome(line);
            }
        }
        catch (Exception fault) when (fault is GeoTagProblemException or HttpRequestException)
        {
            throw Unreachable(fault);
        }

        return outcomes;
    }

    private static RunFailureException Unreachable(Exception fault) =>
        new(RunFailure.Environment, $"the service: {fault.Message}", fault);

    private async IAsyncEnumerable<TagItem> PhotosAsync(
        IReadOnlyList<ListItem> items, List<int> sent, ListOutcome[] outcomes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        for (var i = 0; i < items.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = items[i];
            byte[]? photo = null;
            if (item.Image is { } image)
            {
                var read = PhotoFile.Read(pathOf(image), settings.MaxImageBytes);
                if (!read.IsSuccess)
                {
                    outcomes[i] = ListFault.OfPhoto(pathOf(image), read.Error);
                    continue;
                }

                photo = read.Value;
            }

            sent.Add(i);
            yield return new TagItem
            {
                Image = photo,
                Title = item.Title,
                Lat = item.Latitude,
                Lon = item.Longitude,
                GridReference = item.GridReference,
                Head = options.Head,
                ApplyOrientation = options.ApplyOrientation,
            };
        }
    }

    private IEnumerable<EmbeddedItem> Embedded(IReadOnlyList<ListItem> items, List<int> sent)
    {
        for (var i = 0; i < items.Count; i++)
        {
            sent.Add(i);
            yield return new EmbeddedItem
            {
                Image = Vector(items[i].ImageEmbedding),
                Title = Vector(items[i].TitleEmbedding),
                Lat = items[i].Latitude,
                Lon = items[i].Longitude,
                GridReference = items[i].GridReference,
                Head = options.Head,
            };
        }
    }

    private static EmbeddingVector? Vector(float[]? values) =>
        values is null ? null : new EmbeddingVector(values, EmbeddingEncoding.Base64);

    private ListOutcome ToOutcome(BatchLine line)
    {
        if (line.Result is not { } result)
        {
            return new ListFault(line.Error?.Code ?? "unexpected-answer", line.Error?.Field, line.Error?.Detail ?? "The service said nothing of this item.");
        }

        return new ListScores(
            [.. tagIds.Select(id => result.Probabilities[id])],
            result.Location is { } place ? new ListPlace(place.Lat, place.Lon, place.GridReference) : null,
            result.Head.Name,
            [.. result.Warnings.Select(warning => warning.Code)]);
    }
}
