using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Batches;

/// <summary>Reads the items of an NDJSON batch as they are asked for. A line that cannot be read is that item's error; what
/// breaks the whole request off is the last one.</summary>
internal sealed class BatchReader(UploadBudget budget, IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging)
{
    private readonly long _maxImageBytes = tagging.Value.MaxImageBytes;
    private readonly int _maxFieldBytes = edge.Value.MaxFieldBytes;

    /// <summary>Reads items to tag.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="defaults">Options of items that have none.</param>
    /// <param name="cancellationToken">Cancelled when the client leaves.</param>
    public IAsyncEnumerable<BatchEntry> ReadItemsAsync(Stream body, TagOptions defaults, CancellationToken cancellationToken) =>
        ReadAsync(
            body,
            // Base64 is four thirds of its bytes.
            (_maxImageBytes * 4 / 3) + _maxFieldBytes,
            (line, share) => ParseItem(line, share, defaults),
            cancellationToken);

    /// <summary>Reads items that carry embeddings.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="defaults">Options of items that have none.</param>
    /// <param name="cancellationToken">Cancelled when the client leaves.</param>
    public IAsyncEnumerable<BatchEntry> ReadEmbeddedAsync(Stream body, TagOptions defaults, CancellationToken cancellationToken) =>
        ReadAsync(body, _maxFieldBytes, (line, share) => ParseEmbedded(line, share, defaults), cancellationToken);

    /// <summary>An item that carries embeddings, ready to be worked on.</summary>
    public static BatchEntry ToEntry(EmbeddedItem item, TagOptions defaults) => BatchEntry.ToScore(
        item.Id,
        new ItemEmbeddings(item.Image?.Values, item.Title?.Values),
        TagInputBinder.Bind(item, defaults),
        [.. item.Warnings(), .. NormalizedWarnings(item)]);

    /// <summary>The heads were trained on raw projections, whose lengths are near 10: a vector of length one was divided by
    /// its length on the way, and its scores come out far too even.</summary>
    private static IEnumerable<TagWarning> NormalizedWarnings(EmbeddedItem item)
    {
        foreach (var (field, vector) in new[] { (FieldNames.Image, item.Image), (FieldNames.Title, item.Title) })
        {
            if (vector is not null && MathF.Abs(TensorPrimitives.Norm<float>(vector.Values) - 1) < 1e-3f)
            {
                yield return new TagWarning(
                    "embedding-normalized", field, $"'{field}' has length 1, as if it had been normalised; the heads need raw embeddings.");
            }
        }
    }

    private async IAsyncEnumerable<BatchEntry> ReadAsync(
        Stream body,
        long maxLineBytes,
        Func<ReadOnlyMemory<byte>, RateLimitLease?, BatchEntry> parse,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new NdJsonLines(body, maxLineBytes, token => budget.TakeAsync(maxLineBytes, token));
        await using var lines = reader.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            TagProblem? brokenOff = null;
            try
            {
                if (!await lines.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (Exception exception) when (exception is IOException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                brokenOff = TagProblems.From(new TaggingError(
                    TaggingErrorCode.Malformed, null, "The request's body is broken off here."));
            }

            if (brokenOff is not null)
            {
                yield return BatchEntry.BrokenOff(brokenOff);
                yield break;
            }

            var line = lines.Current;
            yield return line switch
            {
                { TooLong: true } => BatchEntry.Refused(null, EdgeProblems.LineTooLong(maxLineBytes)),
                { Refusal: { } refusal } => BatchEntry.Refused(null, TagProblems.From(refusal)),
                _ => parse(line.Bytes, line.Share),
            };
        }
    }

    private BatchEntry ParseItem(ReadOnlyMemory<byte> line, RateLimitLease? share, TagOptions defaults)
    {
        var reading = WireJson.Read(line.Span, TagJson.Default.TagItem);
        if (!reading.IsSuccess)
        {
            share?.Dispose();
            return BatchEntry.Refused(null, reading.Problem);
        }

        var item = reading.Value;
        var photoBytes = item.Image?.Length ?? 0;
        if (photoBytes > _maxImageBytes)
        {
            share?.Dispose();
            return BatchEntry.Refused(item.Id, EdgeProblems.ImageTooLarge(_maxImageBytes));
        }

        var kept = share is null ? null : budget.Shrink(share, photoBytes);
        return BatchEntry.ToTag(item.Id, TagInputBinder.Bind(item, defaults), [.. item.Warnings()], null, kept);
    }

    private static BatchEntry ParseEmbedded(ReadOnlyMemory<byte> line, RateLimitLease? share, TagOptions defaults)
    {
        share?.Dispose();
        var reading = WireJson.Read(line.Span, TagJson.Default.EmbeddedItem);
        return reading.IsSuccess ? ToEntry(reading.Value, defaults) : BatchEntry.Refused(null, reading.Problem);
    }
}
