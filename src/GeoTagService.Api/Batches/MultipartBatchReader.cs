using System.Runtime.CompilerServices;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Json;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Batches;

/// <summary>
/// Reads the items of a multipart batch as they are asked for. A part <c>item</c> (JSON, without the photo) begins an item;
/// a part <c>image</c> is its photo, or an item of its own, named by its file, when no <c>item</c> waits for one.
/// </summary>
internal sealed class MultipartBatchReader(IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging)
{
    /// <summary>The part that says what the photo behind it does not.</summary>
    public const string ItemPart = "item";

    private readonly long _maxImageBytes = tagging.Value.MaxImageBytes;
    private readonly int _maxFieldBytes = edge.Value.MaxFieldBytes;

    /// <summary>Reads items to tag.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="boundary">Its boundary.</param>
    /// <param name="query">Options of items that have none.</param>
    /// <param name="cancellationToken">Cancelled when the client leaves.</param>
    public async IAsyncEnumerable<BatchEntry> ReadAsync(
        ReceivedBody body,
        string boundary,
        RequestDraft query,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var reader = new MultipartReader(boundary, body);
        Outcome<RequestDraft>? waiting = null;
        while (true)
        {
            Step step;
            try
            {
                step = await ReadPartAsync(body, reader, waiting, query, cancellationToken);
            }
            catch (Exception exception) when (BodyGuard.IsOfTheClient(exception))
            {
                cancellationToken.ThrowIfCancellationRequested();
                step = new Step(
                    null,
                    null,
                    true,
                    body.Ended
                        ?? new TaggingError(
                            TaggingErrorCode.Malformed,
                            null,
                            "The multipart body is broken off here, or is not framed as its boundary says."
                        )
                );
            }

            // An item that another one, or the proper end, follows has no photo.
            if (waiting is { } titled && step is { Entry: null, BrokenOff: null })
            {
                yield return WithoutPhoto(body, titled);
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
        ReceivedBody body,
        MultipartReader reader,
        Outcome<RequestDraft>? waiting,
        RequestDraft query,
        CancellationToken cancellationToken
    )
    {
        body.AwaitItem();
        if (await reader.ReadNextSectionAsync(cancellationToken) is not { } section)
        {
            return new Step(null, null, true, null);
        }

        body.BeginItem();
        if (!MultipartForm.TryName(section, out var part))
        {
            return Refused(new TaggingError(TaggingErrorCode.Malformed, null, "A part has no Content-Disposition with a name."));
        }

        if (MultipartForm.IsImage(part.Name))
        {
            return new Step(await ReadPhotoAsync(body, section, part, waiting, query, cancellationToken), null, false, null);
        }

        if (!part.Name.Equals(ItemPart, StringComparison.OrdinalIgnoreCase))
        {
            return Refused(
                new TaggingError(
                    TaggingErrorCode.Malformed,
                    null,
                    "A batch has parts 'item' and 'image'; options for all of them go in the query."
                )
            );
        }

        using var window = new JsonWindow(section.Body, byLine: false);
        // A photo in the item's own JSON is no more than a field of it; a large one goes in a part of its own.
        var limits = new JsonLimits(_maxFieldBytes, _maxFieldBytes);
        var item = await new JsonItemReader(window, FieldSet.Tagging, limits).ReadAsync(query, null, cancellationToken);
        return new Step(null, Named(item), false, null);

        Step Refused(TaggingError error) => new(BatchEntry.Refused(null, error), waiting, false, null);
    }

    private async Task<BatchEntry> ReadPhotoAsync(
        ReceivedBody body,
        MultipartSection section,
        PartName part,
        Outcome<RequestDraft>? waiting,
        RequestDraft query,
        CancellationToken cancellationToken
    )
    {
        var item = waiting ?? new RequestDraft(FieldSet.Tagging, query) { Id = part.FileName };
        if (!item.IsSuccess)
        {
            return BatchEntry.Refused(null, item.Error);
        }

        var draft = item.Value;
        draft.Photo?.Dispose();
        var upload = body.Open(_maxImageBytes);
        var photo = draft.Photo = new UploadBuffer(_maxImageBytes, RequestFaults.ImageTooLarge(_maxImageBytes), upload);
        var handedOver = false;
        try
        {
            draft.PhotoAddress = null;
            if ((await photo.FillAsync(section.Body, cancellationToken) ?? (part.IsFile ? null : PhotoText.TakeOfPart(draft))) is { } fault)
            {
                return BatchEntry.Refused(draft.Id, fault);
            }

            if (draft.PhotoAddress is not null)
            {
                return WithoutPhoto(body, draft);
            }

            handedOver = true;
            return BatchEntry.ToTag(draft, upload);
        }
        finally
        {
            if (!handedOver)
            {
                photo.Dispose();
                upload.Dispose();
            }
        }
    }

    /// <summary>A part that is too large is told by the name of the part.</summary>
    private Outcome<RequestDraft> Named(Outcome<RequestDraft> item) =>
        item.Error is { Code: TaggingErrorCode.RequestTooLarge or TaggingErrorCode.ImageTooLarge }
            ? RequestFaults.FieldTooLarge(ItemPart, _maxFieldBytes)
            : item;

    private BatchEntry WithoutPhoto(ReceivedBody body, Outcome<RequestDraft> item) =>
        item.IsSuccess
            ? BatchEntry.ToTag(item.Value, item.Value.PhotoAddress is null ? null : body.OpenApart(_maxImageBytes))
            : BatchEntry.Refused(null, item.Error);

    /// <summary>What one part gave: an item, an item that waits for its photo, or the end.</summary>
    private readonly record struct Step(BatchEntry? Entry, Outcome<RequestDraft>? Waiting, bool Ended, TaggingError? BrokenOff);
}
