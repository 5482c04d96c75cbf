using System.Runtime.CompilerServices;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Client;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Bulk.Lists;

/// <summary>Tags items of a list. Items are grouped, because what is best together depends on who tags.</summary>
public interface IListTagger
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
/// <param name="Stamp">Its name, version, digest and purpose.</param>
/// <param name="EmbeddingDimension">Length of its embeddings.</param>
/// <param name="Heads">Names of its heads.</param>
public sealed record ListModel(AboutModel Stamp, int EmbeddingDimension, IReadOnlyList<string> Heads)
{
    /// <summary>Digest of its bundle.</summary>
    public string Digest => Stamp.Digest;

    /// <summary>What outputs say of a model.</summary>
    public static AboutModel StampOf(ModelStamp stamp) =>
        new(
            stamp.Name,
            stamp.Version,
            stamp.Digest,
            stamp.Purpose == ModelPurpose.Demonstration ? "demonstration" : "production",
            stamp.Notice
        );
}

/// <summary>Tags with a model in this process.</summary>
/// <param name="tagger">The tagger.</param>
/// <param name="settings">Its settings.</param>
/// <param name="options">Head and orientation.</param>
/// <param name="photos">Where photos are read from.</param>
public sealed class LocalListTagger(PhotoTagger tagger, TaggingOptions settings, TagOptions options, IListPhotos photos) : IListTagger
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    private readonly EmbeddingBatchScorer _scorer = new(tagger.Model, settings);

    /// <inheritdoc/>
    public string Identity => $"{tagger.Model.Bundle.Digest} {options.Head} {options.ApplyOrientation} {options.TitleFrom}";

    /// <inheritdoc/>
    public ListModel Model { get; } =
        new(
            ListModel.StampOf(tagger.Model.Bundle.ToStamp()),
            tagger.Model.Encoder.Geometry.EmbeddingDimension,
            [.. tagger.Model.Bundle.Manifest.Heads.Select(head => head.Name)]
        );

    // Rows of embeddings share one matrix product; photos find each other in the lanes.
    /// <inheritdoc/>
    public (int Embedded, int Photos) GroupSize => (256, 1);

    /// <inheritdoc/>
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
        PhotoStamp? stamp = null;
        if (item.HasPhoto)
        {
            var (photo, fault) = await photos.ReadAsync(item, cancellationToken).ConfigureAwait(false);
            if (photo is null)
            {
                return fault!;
            }

            input = input with { Image = photo.Bytes };
            stamp = photo.Stamp;
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

                return ToOutcome(outcome) with
                {
                    Photo = stamp,
                };
            }

            // A full lane is no fault of the item.
            await Task.Delay(outcome.Error.Pause(LongestPause), cancellationToken).ConfigureAwait(false);
        }
    }

    private EmbeddedInput Embedded(ListItem item) => new(new ItemEmbeddings(item.ImageEmbedding, item.TitleEmbedding), Place(item));

    private TagInput Place(ListItem item) =>
        new()
        {
            Latitude = item.Latitude,
            Longitude = item.Longitude,
            GridReference = item.GridReference,
            Options = options,
        };

    private static ListOutcome ToOutcome(Outcome<TagResult> outcome) =>
        outcome.IsSuccess
            ? new ListScores(
                outcome.Value.Probabilities,
                outcome.Value.Location is { } place
                    ? new ListPlace(place.Position.Latitude, place.Position.Longitude, place.GridReference)
                    : null,
                outcome.Value.Head.Name,
                outcome.Value.Warnings.Count == 0 ? [] : [.. outcome.Value.Warnings.Select(warning => warning.Code)]
            )
            : ListFault.Of(outcome.Error);
}

/// <summary>Tags with a running service.</summary>
/// <param name="geotag">The client.</param>
/// <param name="model">The service's model.</param>
/// <param name="tagIds">The service's tags in head-row order.</param>
/// <param name="options">Head and orientation.</param>
/// <param name="photos">Where photos are read from.</param>
public sealed class ServerListTagger(
    GeoTagClient geotag,
    ListModel model,
    IReadOnlyList<string> tagIds,
    TagOptions options,
    IListPhotos photos
) : IListTagger
{
    /// <inheritdoc/>
    public string Identity => $"{model.Digest} {options.Head} {options.ApplyOrientation} {options.TitleFrom}";

    /// <inheritdoc/>
    public ListModel Model => model;

    /// <inheritdoc/>
    public (int Embedded, int Photos) GroupSize => (64, 16);

    /// <summary>Asks a service what it serves.</summary>
    /// <exception cref="RunFailureException">It does not answer, or not as GeoTagService.</exception>
    public static async Task<ServerListTagger> OpenAsync(
        Uri server,
        TagOptions options,
        IListPhotos photos,
        CancellationToken cancellationToken
    )
    {
        var geotag = GeoTagClient.Create(
            new GeoTagClientOptions { BaseAddress = server, ApiKey = Environment.GetEnvironmentVariable("GEOTAG_API_KEY") }
        );
        try
        {
            var model = await geotag.GetModelAsync(cancellationToken).ConfigureAwait(false);
            var tags = await geotag.GetTagsAsync(cancellationToken).ConfigureAwait(false);
            return new ServerListTagger(
                geotag,
                new ListModel(
                    ListModel.StampOf(new ModelStamp(model.Name, model.Version, model.Digest, model.Purpose, DemonstrationNotice(model))),
                    model.Geometry.EmbeddingDimension,
                    [.. model.Heads.Select(head => head.Name)]
                ),
                [.. tags.Tags.Select(tag => tag.Id)],
                options,
                photos
            );
        }
        catch (Exception fault) when (fault is GeoTagProblemException or HttpRequestException)
        {
            throw Unreachable(fault);
        }
    }

    /// <inheritdoc/>
    public async Task<ListOutcome[]> TagAsync(IReadOnlyList<ListItem> items, CancellationToken cancellationToken)
    {
        var outcomes = new ListOutcome[items.Count];
        var sent = new List<int>(items.Count);
        var stamps = new PhotoStamp?[items.Count];
        var shape = new BatchShape(GroupSize.Embedded, 1);
        try
        {
            var lines = items[0].IsEmbedded
                ? geotag.TagFromEmbeddingsAsync(Embedded(items, sent).ToAsyncEnumerable(), shape, cancellationToken)
                : geotag.TagBatchAsync(PhotosAsync(items, sent, stamps, outcomes, cancellationToken), shape, cancellationToken);
            await foreach (var line in lines.ConfigureAwait(false))
            {
                var item = sent[(int)line.Index];
                outcomes[item] = ToOutcome(line) with { Photo = stamps[item] };
            }
        }
        catch (Exception fault) when (fault is GeoTagProblemException or HttpRequestException)
        {
            throw Unreachable(fault);
        }

        return outcomes;
    }

    /// <summary>As the model in this process says it.</summary>
    private static string? DemonstrationNotice(ModelResponse model) =>
        model.Purpose == ModelPurpose.Demonstration
            ? $"A demonstration model: its tags are not for use. '{model.InstallationCommand}' installs the real one."
            : null;

    private static RunFailureException Unreachable(Exception fault) => new(RunFailure.Environment, $"the service: {fault.Message}", fault);

    private async IAsyncEnumerable<TagItem> PhotosAsync(
        IReadOnlyList<ListItem> items,
        List<int> sent,
        PhotoStamp?[] stamps,
        ListOutcome[] outcomes,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        // All at once: where photos come over a network, the next ones are on their way while one is sent.
        var reads = items
            .Select(item => item.HasPhoto ? photos.ReadAsync(item, cancellationToken).AsTask() : Task.FromResult(default(PhotoOutcome)))
            .ToList();
        for (var i = 0; i < items.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var item = items[i];
            var (photo, fault) = await reads[i].ConfigureAwait(false);
            if (fault is not null)
            {
                outcomes[i] = fault;
                continue;
            }

            stamps[i] = photo?.Stamp;

            sent.Add(i);
            yield return new TagItem
            {
                Image = photo?.Bytes,
                Title = item.Title,
                Lat = item.Latitude,
                Lon = item.Longitude,
                GridReference = item.GridReference,
                Head = options.Head,
                ApplyOrientation = options.ApplyOrientation,
                TitleFrom = options.TitleFrom == TitleFrom.Metadata ? "metadata" : null,
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
            return new ListFault(
                line.Error?.Code ?? "unexpected-answer",
                line.Error?.Field,
                line.Error?.Detail ?? "The service said nothing of this item."
            );
        }

        return new ListScores(
            [.. tagIds.Select(id => result.Probabilities[id])],
            result.Location is { } place ? new ListPlace(place.Lat, place.Lon, place.GridReference) : null,
            result.Head.Name,
            [.. result.Warnings.Select(warning => warning.Code)]
        );
    }
}
