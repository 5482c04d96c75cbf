using GeoTagService.Core.Encoders;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Titles;

namespace GeoTagService.Core.Tagging;

/// <summary>What encoding an item gave.</summary>
/// <param name="Embeddings">Raw projections of the parts that were asked for.</param>
/// <param name="Timings">Time by stage; the head's is not in it yet.</param>
/// <param name="Warnings">What the user should know of the title.</param>
internal sealed record EncodedItem(ItemEmbeddings Embeddings, StageTimings Timings, IReadOnlyList<TagWarning> Warnings);

/// <summary>Photo and title to embeddings: from the cache, or prepared on the caller's side and
/// encoded in both lanes at once.</summary>
internal sealed class ItemEncoder
{
    /// <summary>Start and end token alone: the empty title.</summary>
    private const int EmptyTitleLength = 2;

    private readonly LoadedModel _model;
    private readonly EncoderLanes _lanes;
    private readonly PhotoPreparer _photos;
    private readonly EmbeddingCache _cache;
    private readonly TaggingOptions _options;
    private readonly TaggingMetrics _metrics;
    private readonly TimeProvider _time;

    public ItemEncoder(
        LoadedModel model,
        EncoderLanes lanes,
        PhotoPreparer photos,
        EmbeddingCache cache,
        TaggingOptions options,
        TaggingMetrics metrics,
        TimeProvider time
    )
    {
        _model = model;
        _lanes = lanes;
        _photos = photos;
        _cache = cache;
        _options = options;
        _metrics = metrics;
        _time = time;
    }

    /// <summary>Encodes the parts that are given.</summary>
    /// <param name="image">The photo's file, or null.</param>
    /// <param name="title">The title, or null.</param>
    /// <param name="applyOrientation">Whether to turn the photo as its EXIF orientation says.</param>
    /// <param name="timeout">How long the client will wait, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Outcome<EncodedItem>> EncodeAsync(
        ReadOnlyMemory<byte>? image,
        string? title,
        bool applyOrientation,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        // When one part fails, the other need not be encoded any more.
        using var bothParts =
            image is not null && title is not null ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        var token = bothParts?.Token ?? cancellationToken;
        var titleTask = title is null ? null : EncodeTitleAsync(title, timeout, token);
        try
        {
            EncodedPart? photo = null;
            if (image is { } bytes)
            {
                var encoded = await EncodePhotoAsync(bytes, applyOrientation, timeout, token).ConfigureAwait(false);
                if (!encoded.IsSuccess)
                {
                    return encoded.Error;
                }

                photo = encoded.Value;
            }

            if (titleTask is null)
            {
                return Join(photo, null);
            }

            var text = await titleTask.ConfigureAwait(false);
            return text.IsSuccess ? Join(photo, text.Value) : text.Error;
        }
        finally
        {
            if (bothParts is not null && titleTask is { IsCompleted: false })
            {
                await bothParts.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private static EncodedItem Join(EncodedPart? photo, EncodedTitle? title) =>
        new(
            new ItemEmbeddings(photo?.Embedding, title?.Part.Embedding),
            new StageTimings(
                photo?.Prepare ?? default,
                title?.Part.Prepare ?? default,
                Longest(photo?.Queue, title?.Part.Queue),
                Longest(photo?.Encode, title?.Part.Encode),
                default
            ),
            title?.Warnings ?? []
        );

    private static TimeSpan Longest(TimeSpan? left, TimeSpan? right) =>
        (left ?? default) > (right ?? default) ? left ?? default : right ?? default;

    private Task<Outcome<EncodedPart>> EncodePhotoAsync(
        ReadOnlyMemory<byte> bytes,
        bool applyOrientation,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    ) =>
        _cache.PhotoAsync(
            bytes.Span,
            applyOrientation,
            _options.ReducedScaleDecoding,
            () => EncodeNewPhotoAsync(bytes, applyOrientation, timeout, cancellationToken),
            cancellationToken
        );

    private async Task<Outcome<EncodedPart>> EncodeNewPhotoAsync(
        ReadOnlyMemory<byte> bytes,
        bool applyOrientation,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        var arrived = _time.GetTimestamp();
        // The place comes first: what the lane cannot take is not decoded.
        var reserved = _lanes.Images.Reserve(timeout);
        if (!reserved.IsSuccess)
        {
            return reserved.Error;
        }

        using var place = reserved.Value;
        var prepared = await _photos.PrepareAsync(bytes, applyOrientation, timeout, cancellationToken).ConfigureAwait(false);
        if (!prepared.IsSuccess)
        {
            return prepared.Error;
        }

        var encoded = await _lanes
            .Images.SubmitAsync(prepared.Value.Crop, place, timeout - _time.GetElapsedTime(arrived), cancellationToken)
            .ConfigureAwait(false);
        return encoded.IsSuccess
            ? new EncodedPart(encoded.Value.Value, prepared.Value.Took, encoded.Value.Queue, encoded.Value.Run)
            : encoded.Error;
    }

    private async Task<Outcome<EncodedTitle>> EncodeTitleAsync(string title, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var arrived = _time.GetTimestamp();
        var warnings = new List<TagWarning>();
        var ids = Tokenize(title, warnings).Ids;
        var tokenized = _time.GetElapsedTime(arrived);
        _metrics.StageEnded(TaggingMetrics.TokenizeStage, tokenized);
        if (ids.Length == EmptyTitleLength && _model.EmptyTitle is { } empty)
        {
            return new EncodedTitle(new EncodedPart([.. empty], tokenized, default, default), warnings);
        }

        var part = await _cache
            .TitleAsync(
                ids.Span,
                async () =>
                {
                    var encoded = await _lanes.Titles.SubmitAsync(ids, timeout - tokenized, cancellationToken).ConfigureAwait(false);
                    return encoded.IsSuccess
                        ? new EncodedPart(encoded.Value.Value, tokenized, encoded.Value.Queue, encoded.Value.Run)
                        : encoded.Error;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return part.IsSuccess ? new EncodedTitle(part.Value, warnings) : part.Error;
    }

    private TokenizedTitle Tokenize(string title, List<TagWarning> warnings)
    {
        if (title.Length > _options.MaxTitleCharacters)
        {
            // Not between the halves of a letter outside the Basic Multilingual Plane.
            var cut = _options.MaxTitleCharacters;
            title = title[..(char.IsHighSurrogate(title[cut - 1]) ? cut - 1 : cut)];
            warnings.Add(
                new TagWarning(
                    "title-cut",
                    "title",
                    $"The title has more than {_options.MaxTitleCharacters} characters; the rest was not read."
                )
            );
        }

        var tokens = _model.Tokenizer.Encode(title);
        if (tokens.Truncated)
        {
            warnings.Add(
                new TagWarning(
                    "title-truncated",
                    "title",
                    $"The title is longer than the {_model.Tokenizer.ContextLength} tokens that the model reads; the rest had no effect."
                )
            );
        }

        return tokens;
    }

    private sealed record EncodedTitle(EncodedPart Part, IReadOnlyList<TagWarning> Warnings);
}
