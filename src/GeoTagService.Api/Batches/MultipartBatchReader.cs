using System.Runtime.CompilerServices;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Batches;

/// <summary>
/// Reads the items of a multipart batch as they are asked for. A part <c>item</c> (JSON, without the photo) begins an item;
/// a part <c>image</c> is its photo, or an item of its own, named by its file, when no <c>item</c> waits for one.
/// </summary>
internal sealed class MultipartBatchReader(UploadBudget budget, IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging)
{
    private readonly long _maxImageBytes = tagging.Value.MaxImageBytes;
    private readonly int _maxFieldBytes = edge.Value.MaxFieldBytes;

    /// <summary>Reads items to tag.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="boundary">Its boundary.</param>
    /// <param name="defaults">Options of items that have none.</param>
    /// <param name="cancellationToken">Cancelled when the client leaves.</param>
    public async IAsyncEnumerable<BatchEntry> ReadAsync(
        Stream body, string boundary, TagOptions defaults, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new MultipartReader(boundary, body);
        Reading<TagItem>? waiting = null;
        while (true)
        {
            Step step;
            try
            {
                step = await ReadPartAsync(reader, waiting, defaults, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                step = new Step(null, null, true, TagProblems.From(new TaggingError(
                    TaggingErrorCode.Malformed, null, "The multipart body is broken off here, or is not framed as its boundary says.")));
            }

            // An item that another one, or the proper end, follows has no photo.
            if (waiting is { } titled && step is { Entry: null, BrokenOff: null })
            {
                yield return WithoutPhoto(titled, defaults);
            }

            waiting = step.Waiting;
            if (step.Entry is { } entry)
            {
                yield return entry;
            }

            if (step.Ended)
            {
                if (step.BrokenOff is { } problem)
                {
                    yield return BatchEntry.BrokenOff(problem);
                }

                yield break;
            }
        }
    }

    private async Task<Step> ReadPartAsync(
        MultipartReader reader, Reading<TagItem>? waiting, TagOptions defaults, CancellationToken cancellationToken)
    {
        if (await reader.ReadNextSectionAsync(cancellationToken) is not { } section)
        {
            return new Step(null, null, true, null);
        }

        if (!MultipartForm.TryName(section, out var part))
        {
            return Refused(new TaggingError(TaggingErrorCode.Malformed, null, "A part has no Content-Disposition with a name."));
        }

        if (MultipartForm.IsImage(part.Name))
        {
            return new Step(await ReadPhotoAsync(section, part, waiting, defaults, cancellationToken), null, false, null);
        }

        if (!part.Name.Equals(FieldNames.Item, StringComparison.OrdinalIgnoreCase))
        {
            return Refused(new TaggingError(
                TaggingErrorCode.Malformed, null, "A batch has parts 'item' and 'image'; options for all of them go in the query."));
        }

        using var buffer = new UploadBuffer(_maxFieldBytes);
        var next = await buffer.FillAsync(section.Body, cancellationToken)
            ? WireJson.Read(buffer.Memory.Span, TagJson.Default.TagItem)
            : EdgeProblems.FieldTooLarge(FieldNames.Item, _maxFieldBytes);
        return new Step(null, next, false, null);

        Step Refused(TaggingError error) => new(BatchEntry.Refused(null, TagProblems.From(error)), waiting, false, null);
    }

    private async Task<BatchEntry> ReadPhotoAsync(
        MultipartSection section, PartName part, Reading<TagItem>? waiting, TagOptions defaults, CancellationToken cancellationToken)
    {
        var item = waiting ?? new TagItem { Id = part.FileName };
        var share = await budget.TakeAsync(_maxImageBytes, cancellationToken);
        if (!share.IsSuccess || !item.IsSuccess)
        {
            share.Value?.Dispose();
            return BatchEntry.Refused(item.Value?.Id, item.Problem ?? TagProblems.From(share.Error!));
        }

        var photo = new UploadBuffer(_maxImageBytes);
        var handedOver = false;
        try
        {
            if (!await photo.FillAsync(section.Body, cancellationToken))
            {
                return BatchEntry.Refused(item.Value.Id, EdgeProblems.ImageTooLarge(_maxImageBytes));
            }

            handedOver = true;
            return BatchEntry.ToTag(
                item.Value.Id,
                TagInputBinder.Bind(item.Value, defaults) with { Image = photo.Memory },
                [.. item.Value.Warnings()],
                photo,
                budget.Shrink(share.Value, photo.Length));
        }
        finally
        {
            if (!handedOver)
            {
                photo.Dispose();
                share.Value.Dispose();
            }
        }
    }

    private static BatchEntry WithoutPhoto(Reading<TagItem> item, TagOptions defaults) => item.IsSuccess
        ? BatchEntry.ToTag(item.Value.Id, TagInputBinder.Bind(item.Value, defaults), [.. item.Value.Warnings()], null, null)
        : BatchEntry.Refused(null, item.Problem);

    /// <summary>What one part gave: an item, an item that waits for its photo, or the end.</summary>
    private readonly record struct Step(BatchEntry? Entry, Reading<TagItem>? Waiting, bool Ended, TagProblem? BrokenOff);
}
