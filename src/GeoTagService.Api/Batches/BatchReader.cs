using System.Runtime.CompilerServices;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Batches;

/// <summary>Reads the items of an NDJSON batch as they are asked for. A line that cannot be read is that item's error; what
/// breaks the whole request off is the last one.</summary>
internal sealed class BatchReader(IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging)
{
    private readonly JsonLimits _limits = new(tagging.Value.MaxImageBytes, edge.Value.MaxFieldBytes);

    /// <summary>Reads items.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="fields">What an item may hold; items with embeddings are scored, others tagged.</param>
    /// <param name="query">Options of items that have none.</param>
    /// <param name="cancellationToken">Cancelled when the client leaves.</param>
    public async IAsyncEnumerable<BatchEntry> ReadAsync(
        ReceivedBody body,
        FieldSet fields,
        RequestDraft query,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var window = new JsonWindow(body, byLine: true);
        var reader = new JsonItemReader(window, fields, _limits, byLine: true);
        for (BatchEntry? entry = null; entry is not { IsLast: true }; )
        {
            try
            {
                entry = await ReadLineAsync(body, window, reader, fields, query, cancellationToken);
            }
            catch (Exception exception) when (BodyGuard.IsOfTheClient(exception))
            {
                cancellationToken.ThrowIfCancellationRequested();
                entry = BatchEntry.BrokenOff(
                    body.Ended ?? new TaggingError(TaggingErrorCode.Malformed, null, "The request's body is broken off here.")
                );
            }

            if (entry is null)
            {
                yield break;
            }

            yield return entry;
        }
    }

    private static async ValueTask<BatchEntry?> ReadLineAsync(
        ReceivedBody body,
        JsonWindow window,
        JsonItemReader reader,
        FieldSet fields,
        RequestDraft query,
        CancellationToken cancellationToken
    )
    {
        body.AwaitItem();
        if (!await window.MoveToLineAsync(cancellationToken))
        {
            return null;
        }

        body.BeginItem();
        var upload = fields.HasPhoto ? body.Open(reader.Limits.PhotoBytes) : null;
        RequestDraft? draft = null;
        var handedOver = false;
        try
        {
            var read = await reader.ReadAsync(query, upload, cancellationToken);
            draft = read.Value;
            await window.SkipLineAsync(cancellationToken);
            if (!read.IsSuccess)
            {
                return BatchEntry.Refused(reader.IdOfRefused, read.Error);
            }

            if (read.Value.PhotoAddress is not null)
            {
                // It is fetched when nothing more of the line comes.
                return BatchEntry.ToTag(read.Value, body.OpenApart(reader.Limits.PhotoBytes));
            }

            handedOver = read.Value.Photo is not null;
            return fields.HasPhoto ? BatchEntry.ToTag(read.Value, handedOver ? upload : null) : BatchEntry.ToScore(read.Value);
        }
        finally
        {
            if (!handedOver)
            {
                draft?.Photo?.Dispose();
                upload?.Dispose();
            }
        }
    }
}
