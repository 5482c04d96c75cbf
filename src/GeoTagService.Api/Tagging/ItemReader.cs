using GeoTagService.Api.Fetching;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Tagging;

/// <summary>Reads a request for one item: form, raw photo, urlencoded fields, JSON, or query alone.</summary>
internal sealed class ItemReader(
    BodyReceiver receiver,
    PhotoFetcher fetcher,
    PhotoTagger tagger,
    IOptions<EdgeOptions> edge,
    IOptions<TaggingOptions> tagging,
    TimeProvider time
)
{
    private const string Accepted = "multipart/form-data, an image/* body, application/x-www-form-urlencoded or application/json";

    /// <summary>Room for a form's framing beside the photo and the fields.</summary>
    private const long FramingBytes = 64 * 1024;

    private readonly int _maxFieldBytes = edge.Value.MaxFieldBytes;
    private readonly long _maxImageBytes = tagging.Value.MaxImageBytes;

    /// <summary>Receives a request's item, wherever it stands: starts the client's clock, asks whether there is any use in it, reads the
    /// query and the body, and fetches the photo that is given by its address.</summary>
    /// <param name="context">The request.</param>
    /// <param name="fields">The fields that mean something to the operation.</param>
    /// <returns>What was read, to be disposed, or what is wrong with it.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Outcome<ReceivedItem>> ReadAsync(HttpContext context, FieldSet fields)
    {
        var start = time.GetTimestamp();
        var ticking = RequestClock.Start(context, time);
        if (!ticking.IsSuccess)
        {
            return ticking.Error;
        }

        var clock = ticking.Value;
        var draft = new RequestDraft(fields);
        Upload? upload = null;
        var received = false;
        try
        {
            if (tagger.RefusalAtTheDoor(context, clock) is { } refusal)
            {
                return refusal;
            }

            if (draft.SetEscaped(context.Request.QueryString.Value) is { } unreadable)
            {
                return unreadable;
            }

            var body = await ReceiveAsync(context, clock, draft);
            if (!body.IsSuccess)
            {
                return body.Error;
            }

            (draft, upload) = (body.Value.Draft, body.Value.Upload);
            if (draft.PhotoAddress is { } address)
            {
                upload?.Dispose();
                upload = receiver.OpenApart(context, _maxImageBytes);
                if (await FetchAsync(address, draft, upload, clock) is { } notFetched)
                {
                    return notFetched;
                }
            }

            received = true;
            return new ReceivedItem(draft, upload, clock) { ReadTime = time.GetElapsedTime(start) };
        }
        finally
        {
            if (!received)
            {
                draft.Photo?.Dispose();
                upload?.Dispose();
                clock.Dispose();
            }
        }
    }

    private async Task<TaggingError?> FetchAsync(string address, RequestDraft draft, Upload upload, RequestClock clock)
    {
        draft.Photo = new UploadBuffer(_maxImageBytes, RequestFaults.ImageTooLarge(_maxImageBytes), upload);
        try
        {
            return await fetcher.FetchAsync(address, draft.Photo, clock.Token);
        }
        catch (OperationCanceledException) when (clock.Expired)
        {
            return clock.Refusal();
        }
    }

    /// <summary>Reads the body, where there is one; what the query gave stands in the draft by then.</summary>
    private async Task<Outcome<ReadBody>> ReceiveAsync(HttpContext context, RequestClock clock, RequestDraft draft)
    {
        var kind = RequestBody.KindOf(context.Request);
        if (kind == BodyKind.None)
        {
            return new ReadBody(draft, null);
        }

        if (kind is BodyKind.Unsupported or BodyKind.NdJson or BodyKind.PlainText)
        {
            return RequestFaults.UnsupportedContentType(context.Request.ContentType, Accepted);
        }

        BodyReceiver.LiftServerLimits(context);
        var (most, tooLarge) = LimitOf(kind);
        var length = BodyEncodings.PlainLength(context.Request);
        if (length > most)
        {
            return tooLarge;
        }

        await using var body = receiver.Open(context, most, tooLarge);
        var upload = body.Open(Math.Min(length ?? most, _maxImageBytes));
        Outcome<RequestDraft> read = default;
        try
        {
            read = await BodyGuard.ReadAsync(
                context,
                clock,
                body,
                token => ReadBodyAsync(context.Request, body, kind, draft, upload, token)
            );
            return read.IsSuccess ? new ReadBody(read.Value, upload) : read.Error;
        }
        finally
        {
            if (read.Value is null)
            {
                upload.Dispose();
            }
        }
    }

    private async ValueTask<Outcome<RequestDraft>> ReadBodyAsync(
        HttpRequest request,
        Stream body,
        BodyKind kind,
        RequestDraft draft,
        Upload upload,
        CancellationToken cancellationToken
    )
    {
        switch (kind)
        {
            case BodyKind.Multipart:
                var fault = RequestBody.BoundaryOf(request) is { } boundary
                    ? await MultipartForm.ReadAsync(body, boundary, draft, _maxImageBytes, _maxFieldBytes, upload, cancellationToken)
                    : new TaggingError(
                        TaggingErrorCode.Malformed,
                        "Content-Type",
                        "multipart/form-data needs a boundary of 1 to 70 characters."
                    );
                return fault is null ? draft : fault;

            case BodyKind.Photo:
                draft.Photo = new UploadBuffer(_maxImageBytes, RequestFaults.ImageTooLarge(_maxImageBytes), upload);
                return await draft.Photo.FillAsync(body, cancellationToken) is { } tooLarge ? tooLarge : draft;

            case BodyKind.Json:
                using (var window = new JsonWindow(body, byLine: false))
                {
                    var limits = new JsonLimits(_maxImageBytes, _maxFieldBytes);
                    return await new JsonItemReader(window, draft.Fields, limits).ReadAsync(draft, upload, cancellationToken);
                }

            default:
                using (var form = new UploadBuffer(_maxFieldBytes, LimitOf(kind).TooLarge))
                {
                    return (await form.FillAsync(body, cancellationToken) ?? ReadForm(form.Memory.Span, draft)) is { } unreadable
                        ? unreadable
                        : draft;
                }
        }
    }

    private static TaggingError? ReadForm(ReadOnlySpan<byte> form, RequestDraft draft)
    {
        // What curl sends for -d and --data-binary when nobody says what it is.
        if (form.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..])
        {
            return new TaggingError(
                TaggingErrorCode.Malformed,
                "Content-Type",
                "The body looks like JSON and came as a form; send it with Content-Type: application/json."
            );
        }

        return StrictText.TryDecode(form, out var text)
            ? draft.SetEscaped(text)
            : new TaggingError(
                TaggingErrorCode.InvalidText,
                null,
                "The form is not valid UTF-8. A photo as the body needs its own Content-Type, such as image/jpeg."
            );
    }

    /// <summary>Most bytes of a body, and what is said of one that has more.</summary>
    private (long Most, TaggingError TooLarge) LimitOf(BodyKind kind) =>
        kind switch
        {
            BodyKind.Multipart => (_maxImageBytes + _maxFieldBytes + FramingBytes, RequestFaults.ImageTooLarge(_maxImageBytes)),
            BodyKind.Photo => (_maxImageBytes, RequestFaults.ImageTooLarge(_maxImageBytes)),
            // Base64 is four thirds of its bytes, and some writers escape every slash of it.
            BodyKind.Json => ((_maxImageBytes * 3 / 2) + _maxFieldBytes, RequestFaults.ImageTooLarge(_maxImageBytes)),
            _ => (_maxFieldBytes, RequestFaults.FieldTooLarge(RequestFields.Title.Name, _maxFieldBytes)),
        };

    /// <summary>What was read, and the memory that it holds.</summary>
    private sealed record ReadBody(RequestDraft Draft, Upload? Upload);
}
