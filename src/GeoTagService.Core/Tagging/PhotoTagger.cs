using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Core.Tags;
using GeoTagService.Core.Telemetry;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// The spine of the service, the same for HTTP and the command line: settle what is asked, decode, tokenise, wait in
/// the lanes, score, decide. Safe to call from many threads at once.
/// </summary>
public sealed class PhotoTagger
{
    /// <summary>Photos that <see cref="FindEvidenceAsync"/> encodes for one.</summary>
    public const int PhotosOfEvidence = EvidenceFinder.Crops;

    private static readonly TimeSpan NotReadyRetryAfter = TimeSpan.FromSeconds(2);

    private readonly EncoderLanes _lanes;
    private readonly ModelReadiness _readiness;
    private readonly ItemEncoder _encoder;
    private readonly EvidenceFinder _evidence;
    private readonly HeadSelector _heads;
    private readonly TaggingOptions _options;
    private readonly TaggingMetrics _metrics;
    private readonly TimeProvider _time;

    /// <summary>Creates the tagger over a loaded model.</summary>
    internal PhotoTagger(
        LoadedModel model,
        EncoderLanes lanes,
        ModelReadiness readiness,
        PhotoPreparer photos,
        TaggingOptions options,
        EmbeddingCache cache,
        TaggingMetrics metrics,
        TimeProvider time
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _lanes = lanes;
        _readiness = readiness;
        _options = options;
        _metrics = metrics;
        _time = time;
        _encoder = new ItemEncoder(model, lanes, photos, cache, options, metrics, time);
        _evidence = new EvidenceFinder(model, lanes, photos, _encoder);
        _heads = new HeadSelector([.. model.Heads.Select(head => head.Descriptor)], options);
    }

    /// <summary>The model that it asks.</summary>
    public LoadedModel Model { get; }

    /// <summary>
    /// Whether a request would be refused now for want of room or of time, so that the edge can refuse it before it
    /// reads an upload. Null means welcome; a later refusal remains possible.
    /// </summary>
    /// <param name="offered">The parts that the request holds.</param>
    /// <param name="timeout">How long its client will wait, or null.</param>
    /// <param name="photos">Photos that will be encoded for it, one after the other or at once.</param>
    public TaggingError? RefusalAtTheDoor(Modalities offered, TimeSpan? timeout, int photos = 1) =>
        NotReady()
        ?? (offered.HasFlag(Modalities.Image) ? _lanes.Images.Refusal(timeout, photos) : null)
        ?? (offered.HasFlag(Modalities.Title) ? _lanes.Titles.Refusal(timeout) : null);

    /// <summary>Whether an item of bulk work, which has time, should wait now and leave the room to single requests.</summary>
    /// <param name="offered">The parts that the item holds.</param>
    public TaggingError? RefusalOfBulk(Modalities offered) =>
        NotReady()
        ?? (offered.HasFlag(Modalities.Image) ? _lanes.Images.RefusalOfBulk() : null)
        ?? (offered.HasFlag(Modalities.Title) ? _lanes.Titles.RefusalOfBulk() : null);

    /// <summary>Takes note of a request that the edge turned away for such a refusal, so that the outcomes in the metrics
    /// add up to what clients saw.</summary>
    /// <param name="refusal">What the client was told.</param>
    public void CountRefusal(TaggingError refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        _metrics.ItemFailed(refusal.Code, TimeSpan.Zero);
    }

    /// <summary>Tags one item.</summary>
    /// <param name="input">The item.</param>
    /// <param name="cancellationToken">Ends the wait; the item is not encoded any more when it has not begun.</param>
    /// <returns>The result, or what was wrong with the item.</returns>
    public Task<Outcome<TagResult>> TagAsync(TagInput input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return MeasureAsync(() => TagUnmeasuredAsync(input, cancellationToken));
    }

    /// <summary>Encodes a photo, a title, or both.</summary>
    /// <param name="image">The encoded photo, or null.</param>
    /// <param name="title">The title, or null; an empty one is encoded as such.</param>
    /// <param name="applyOrientation">Whether to turn the photo as its EXIF orientation says.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Raw projections (not normalised) of the parts that were given.</returns>
    public Task<Outcome<ItemEmbeddings>> EmbedAsync(
        ReadOnlyMemory<byte>? image,
        string? title,
        bool applyOrientation,
        CancellationToken cancellationToken
    ) =>
        MeasureAsync<ItemEmbeddings>(async () =>
        {
            if (NotReady() is { } notReady)
            {
                return notReady;
            }

            if (image is null && title is null)
            {
                return new TaggingError(TaggingErrorCode.MissingInput, "image", "An image or a title is needed.");
            }

            if (TooLarge(image) is { } tooLarge)
            {
                return tooLarge;
            }

            var encoded = await _encoder.EncodeAsync(image, title, applyOrientation, null, cancellationToken).ConfigureAwait(false);
            return encoded.IsSuccess ? encoded.Value.Embeddings : encoded.Error;
        });

    /// <summary>Finds which patches of an item's photo raise one tag. Costs fifty photos.</summary>
    /// <param name="input">The item, with a photo; its title and place are held fixed.</param>
    /// <param name="tagId">Id of the tag, chosen or not: <c>tag1077</c>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The evidence, or what was wrong with the item.</returns>
    public Task<Outcome<PhotoEvidence>> FindEvidenceAsync(TagInput input, string? tagId, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        return MeasureAsync(async () =>
        {
            var refusal = NotReady() ?? TooLarge(input.Image);
            if (refusal is not null)
            {
                return refusal;
            }

            input = WithOwnTitle(input, out _, cancellationToken);
            var plan = TagPlan.Settle(input, Offered(input), Exif(input, cancellationToken), _heads, Model.PlacePrior);
            return plan.IsSuccess
                ? await _evidence.FindAsync(plan.Value, input, tagId, cancellationToken).ConfigureAwait(false)
                : plan.Error;
        });
    }

    /// <summary>Tags one item from embeddings that were computed earlier; no photo is touched.</summary>
    /// <param name="embeddings">Raw projections of this model's encoders.</param>
    /// <param name="inputWithoutImage">Place and options; its photo and title are not looked at.</param>
    public Outcome<TagResult> TagFromEmbeddings(ItemEmbeddings embeddings, TagInput inputWithoutImage)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        ArgumentNullException.ThrowIfNull(inputWithoutImage);
        var fault = NotReady() ?? Unfit(embeddings.Image, "image") ?? Unfit(embeddings.Title, "title");
        if (fault is not null)
        {
            return fault;
        }

        var plan = TagPlan.Settle(inputWithoutImage, embeddings.Present, exif: null, _heads, Model.PlacePrior);
        return plan.IsSuccess
            ? Decide(plan.Value, new EncodedItem(embeddings, StageTimings.None, []), inputWithoutImage.Options)
            : plan.Error;
    }

    private async Task<Outcome<TagResult>> TagUnmeasuredAsync(TagInput input, CancellationToken cancellationToken)
    {
        var refusal = NotReady() ?? TooLarge(input.Image);
        if (refusal is not null)
        {
            return refusal;
        }

        input = WithOwnTitle(input, out var ownTitle, cancellationToken);
        var plan = TagPlan.Settle(input, Offered(input), Exif(input, cancellationToken), _heads, Model.PlacePrior);
        if (!plan.IsSuccess)
        {
            return plan.Error;
        }

        // Only what the head takes is encoded. Without a title, a head that takes one gets the empty title.
        var needed = plan.Value.Needed;
        var encoded = await _encoder
            .EncodeAsync(
                needed.HasFlag(Modalities.Image) ? input.Image : null,
                needed.HasFlag(Modalities.Title) ? input.Title ?? string.Empty : null,
                input.Options.ApplyOrientation,
                input.Options.Timeout,
                cancellationToken
            )
            .ConfigureAwait(false);
        return encoded.IsSuccess ? Decide(plan.Value, encoded.Value, input.Options) with { OwnTitle = ownTitle } : encoded.Error;
    }

    /// <summary>The title that stands in a photo, or null.</summary>
    /// <param name="image">The encoded photo.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static PhotoTitle? OwnTitleOf(ReadOnlyMemory<byte> image, CancellationToken cancellationToken) =>
        PhotoMetadata.ReadTitle(image.Span, cancellationToken);

    /// <summary>A blank title counts as none; then the photo's own is taken, where that is asked for.</summary>
    private static TagInput WithOwnTitle(TagInput input, out PhotoTitle? title, CancellationToken cancellationToken)
    {
        title =
            input is { Options.TitleFrom: TitleFrom.Metadata, Image: { } photo } && string.IsNullOrWhiteSpace(input.Title)
                ? PhotoMetadata.ReadTitle(photo.Span, cancellationToken)
                : null;
        return title is null ? input : input with { Title = title.Text };
    }

    private TagResult Decide(TagPlan plan, EncodedItem item, TagOptions options)
    {
        var began = _time.GetTimestamp();
        var head = Model.Find(plan.Head.Head);
        var (latitude, longitude) = plan.LocationFeatures;
        ReadOnlySpan<float> image = plan.Needed.HasFlag(Modalities.Image) ? item.Embeddings.Image : [];
        ReadOnlySpan<float> title = plan.Needed.HasFlag(Modalities.Title) ? item.Embeddings.Title ?? Model.EmptyTitle : [];
        ReadOnlySpan<float> location = plan.Needed.HasFlag(Modalities.Location) ? [latitude, longitude] : [];

        var logits = new float[TagCatalog.Count];
        var probabilities = new float[TagCatalog.Count];
        head.Score(1, image, title, location, logits, probabilities);
        var explanations = options.Explain || options.ExplainAll ? LogitExplainer.Explain(head, image, title, location, logits) : null;
        if (plan.PriorPlace is not null)
        {
            Model.PlacePrior!.Add(head.Descriptor.PlaceWeights!, [plan.PriorPlace], logits, probabilities);
            explanations = explanations is null ? null : LogitExplainer.WithPrior(explanations, logits);
        }

        var decision = LabelDecider.Decide(probabilities, plan.Thresholds);

        var took = _time.GetElapsedTime(began);
        _metrics.StageEnded(TaggingMetrics.HeadStage, took);
        return new TagResult
        {
            Tags = [.. decision.Rows.Select(row => new ChosenTag(TagCatalog.Tags[row], probabilities[row], explanations?[row]))],
            Probabilities = probabilities,
            Logits = logits,
            Thresholds = plan.Thresholds,
            Explanations = options.ExplainAll ? explanations : null,
            FallbackUsed = decision.FallbackUsed,
            Modalities = plan.Used,
            Head = plan.Head.Head,
            HeadReason = plan.Head.Reason,
            Location = plan.Location.Location,
            Embeddings = item.Embeddings,
            Warnings = [.. item.Warnings, .. plan.Location.Warnings, .. Unused(plan)],
            Timings = item.Timings with { Head = took },
        };
    }

    /// <summary>A head asked for by name may use nothing of what the item has: its answer is then about no photo at all.</summary>
    private static TagWarning[] Unused(TagPlan plan) =>
        plan.Used == Modalities.None
            ?
            [
                new TagWarning(
                    "nothing-used",
                    "head",
                    $"The head {plan.Head.Head.Name} uses nothing of what was sent; its answer says nothing of this item."
                ),
            ]
            : [];

    private async Task<Outcome<T>> MeasureAsync<T>(Func<Task<Outcome<T>>> run)
        where T : class
    {
        var began = _time.GetTimestamp();
        try
        {
            var outcome = await run().ConfigureAwait(false);
            if (outcome.IsSuccess)
            {
                _metrics.ItemSucceeded(_time.GetElapsedTime(began));
            }
            else
            {
                _metrics.ItemFailed(outcome.Error.Code, _time.GetElapsedTime(began));
            }

            return outcome;
        }
        catch (OperationCanceledException)
        {
            _metrics.ItemCancelled(_time.GetElapsedTime(began));
            throw;
        }
    }

    private TaggingError? NotReady() =>
        _readiness.Current switch
        {
            // A stalled lane still takes what it has room for: it may move again, and the probe already tells.
            { State: ReadinessState.Ready or ReadinessState.Stalled } => null,
            { Reason: var reason } => new TaggingError(TaggingErrorCode.NotReady, null, $"Not ready: {reason}.")
            {
                RetryAfter = NotReadyRetryAfter,
            },
        };

    private TaggingError? TooLarge(ReadOnlyMemory<byte>? image) =>
        image is { } bytes && bytes.Length > _options.MaxImageBytes
            ? new TaggingError(
                TaggingErrorCode.ImageTooLarge,
                "image",
                $"The image has {bytes.Length} bytes; at most {_options.MaxImageBytes} are read."
            )
            {
                Limit = new TaggingLimit(_options.MaxImageBytes, "bytes"),
            }
            : null;

    private TaggingError? Unfit(float[]? embedding, string field) =>
        EmbeddingBatchScorer.Unfit(embedding, field, Model.Encoder.Geometry.EmbeddingDimension);

    private static Modalities Offered(TagInput input) =>
        (input.Image is null ? Modalities.None : Modalities.Image)
        | (string.IsNullOrWhiteSpace(input.Title) ? Modalities.None : Modalities.Title);

    // Microseconds, whatever the file holds: no share of the processors is waited for.
    private static ExifPlace? Exif(TagInput input, CancellationToken cancellationToken) =>
        input.Image is { } bytes ? PhotoMetadata.ReadPlace(bytes.Span, cancellationToken) : null;
}
