using GeoTagService.Bulk.Fetching;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Bulk.Work;

/// <summary>Fetches and tags a row's photo.</summary>
/// <param name="fetcher">Fetches photos.</param>
/// <param name="tagger">Tags them.</param>
/// <param name="titled">Options of a row with a title.</param>
/// <param name="untitled">Options of a row without one.</param>
/// <param name="time">The clock.</param>
internal sealed class RowTagger(PhotoFetcher fetcher, PhotoTagger tagger, TagOptions titled, TagOptions untitled, TimeProvider time)
{
    /// <summary>How often a photo that cannot be read is fetched until it comes the same way twice.</summary>
    private const int MostFetches = 3;

    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Works on a row; whatever goes wrong with it is its fate.</summary>
    /// <exception cref="RunFailureException">The encoder was lost.</exception>
    public async Task<WorkResult> TagAsync(WorkRow row, string prefix, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (!Uri.TryCreate(prefix + row.Path, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return new WorkResult(row, WorkFate.Unreachable, Why: $"'{prefix + row.Path}' is no http address");
        }

        byte[]? before = null;
        for (var fetches = 1; ; fetches++)
        {
            var fetched = await fetcher.FetchAsync(address, cancellationToken).ConfigureAwait(false);
            if (fetched.Fate != FetchFate.Had)
            {
                return new WorkResult(row, FateOf(fetched.Fate), Why: fetched.Why);
            }

            var result = await TagAsync(row, fetched.Photo, cancellationToken).ConfigureAwait(false);
            if (result.Fate == WorkFate.Done || (before is not null && fetched.Photo.AsSpan().SequenceEqual(before)))
            {
                return result;
            }

            // A host may cut a photo short with status 200. One that comes the same way twice is the photo's own fault.
            if (fetches == MostFetches)
            {
                return result with
                {
                    Fate = WorkFate.Unreachable,
                    Why = $"it came differently {MostFetches} times; the last: {result.Why}",
                };
            }

            before = fetched.Photo;
        }
    }

    private static WorkFate FateOf(FetchFate fate) =>
        fate switch
        {
            FetchFate.Gone => WorkFate.Gone,
            FetchFate.Refused => WorkFate.Refused,
            _ => WorkFate.Unreachable,
        };

    private async Task<WorkResult> TagAsync(WorkRow row, byte[] photo, CancellationToken cancellationToken)
    {
        var input = new TagInput
        {
            Image = photo,
            Title = row.Title,
            Options = row.Title is null ? untitled : titled,
        };
        while (true)
        {
            var outcome = await tagger.TagAsync(input, cancellationToken).ConfigureAwait(false);
            if (outcome.IsSuccess)
            {
                var embeddings = outcome.Value.Embeddings;
                return new WorkResult(row, WorkFate.Done, outcome.Value.Probabilities, embeddings.Image, embeddings.Title);
            }

            LostEncoder.EndsTheRun(outcome.Error);
            if (outcome.Error.Code != TaggingErrorCode.Overloaded)
            {
                return new WorkResult(row, WorkFate.Failed, Why: outcome.Error.Detail);
            }

            await Task.Delay(BusyPause, time, cancellationToken).ConfigureAwait(false);
        }
    }
}
