using System.Threading.RateLimiting;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Tagging;

/// <summary>Reads a request for one item: form, raw photo, urlencoded fields, JSON, or query alone.</summary>
internal sealed class TagRequestReader(
    UploadBudget budget, IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging, TimeProvider time)
{
    private const string Accepted =
        "multipart/form-data, an image/* body, application/x-www-form-urlencoded or application/json";

    /// <summary>Room for a form's framing beside the photo and one long field.</summary>
    private const long FramingBytes = 64 * 1024;

    private readonly EdgeOptions _edge = edge.Value;
    private readonly long _maxImageBytes = tagging.Value.MaxImageBytes;

    /// <summary>Reads a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="known">The text fields that mean something to the operation.</param>
    /// <returns>What was read, to be disposed, or the problem.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Reading<TagRequest>> ReadAsync(HttpContext context, RequestClock clock, IReadOnlyList<string> known)
    {
        var fields = new RequestFields(known);
        if (fields.AddEscaped(context.Request.QueryString.Value) is { } error)
        {
            return error;
        }

        var kind = RequestBody.KindOf(context.Request);
        if (kind == BodyKind.None)
        {
            return Complete(fields, null, null);
        }

        if (kind is BodyKind.Unsupported or BodyKind.NdJson or BodyKind.PlainText)
        {
            return EdgeProblems.UnsupportedContentType(context.Request.ContentType, Accepted);
        }

        RequestBody.LiftServerLimit(context);
        var most = MostBytes(kind);
        if (context.Request.ContentLength > most)
        {
            return TooLarge(kind);
        }

        var share = await budget.TakeAsync(context.Request.ContentLength ?? most, clock.Token);
        if (!share.IsSuccess)
        {
            return share.Error;
        }

        var handedOver = false;
        try
        {
            var reading = await BodyGuard.ReadAsync(
                context, clock, _edge.UploadTimeout, time, (body, token) => ReadBodyAsync(context.Request, body, kind, fields, token));
            if (!reading.IsSuccess)
            {
                return reading.Problem;
            }

            var request = Complete(fields, reading.Value, share.Value);
            handedOver = request.IsSuccess;
            return request;
        }
        finally
        {
            if (!handedOver)
            {
                share.Value.Dispose();
            }
        }
    }

    private async Task<Reading<ReceivedBody>> ReadBodyAsync(
        HttpRequest request, Stream source, BodyKind kind, RequestFields fields, CancellationToken cancellationToken)
    {
        var expected = request.ContentLength ?? 0;
        switch (kind)
        {
            case BodyKind.Multipart:
                if (RequestBody.BoundaryOf(request) is not { } boundary)
                {
                    return new TaggingError(
                        TaggingErrorCode.Malformed, "Content-Type", "multipart/form-data needs a boundary of 1 to 70 characters.");
                }

                var part = await MultipartForm.ReadAsync(
                    source, boundary, fields, _maxImageBytes, _edge.MaxFieldBytes, expected, cancellationToken);
                return part.IsSuccess ? new ReceivedBody(part.Value.Bytes, null) : part.Problem;

            case BodyKind.Photo:
                var photo = new UploadBuffer(_maxImageBytes, expected);
                if (await MultipartForm.FillAsync(photo, source, cancellationToken))
                {
                    return new ReceivedBody(photo, null);
                }

                photo.Dispose();
                return TooLarge(kind);

            default:
                using (var body = new UploadBuffer(MostBytes(kind), expected))
                {
                    if (!await body.FillAsync(source, cancellationToken))
                    {
                        return TooLarge(kind);
                    }

                    return kind == BodyKind.Json ? ReadJson(body.Memory.Span) : ReadForm(body.Memory.Span, fields);
                }
        }
    }

    private static Reading<ReceivedBody> ReadJson(ReadOnlySpan<byte> json)
    {
        var item = WireJson.Read(json, TagJson.Default.TagItem);
        return item.IsSuccess ? new ReceivedBody(null, item.Value) : item.Problem;
    }

    private static Reading<ReceivedBody> ReadForm(ReadOnlySpan<byte> form, RequestFields fields)
    {
        // What curl sends for -d and --data-binary when nobody says what it is.
        if (form.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..])
        {
            return new TaggingError(
                TaggingErrorCode.Malformed, "Content-Type", "The body looks like JSON and came as a form; send it with Content-Type: application/json.");
        }

        var error = StrictText.TryDecode(form, out var text)
            ? fields.AddEscaped(text)
            : new TaggingError(
                TaggingErrorCode.InvalidText,
                null,
                "The form is not valid UTF-8. A photo as the body needs its own Content-Type, such as image/jpeg.");
        return error is null ? new ReceivedBody(null, null) : error;
    }

    private static Reading<TagRequest> Complete(RequestFields fields, ReceivedBody? body, RateLimitLease? share)
    {
        var bound = body?.Item is { } item
            ? BindItem(item, fields)
            : TagInputBinder.Bind(fields, body?.Photo?.Memory);
        if (bound.IsSuccess)
        {
            var warnings = body?.Item is { } json ? [.. fields.Warnings(), .. json.Warnings()] : fields.Warnings().ToList();
            return new TagRequest(bound.Value, fields, warnings, body?.Photo, share);
        }

        body?.Photo?.Dispose();
        return bound.Error;
    }

    private static Outcome<TagInput> BindItem(TagItem item, RequestFields fields)
    {
        var options = TagInputBinder.BindOptions(fields);
        return options.IsSuccess ? TagInputBinder.Bind(item, options.Value) : options.Error;
    }

    private long MostBytes(BodyKind kind) => kind switch
    {
        BodyKind.Multipart => _maxImageBytes + _edge.MaxFieldBytes + FramingBytes,
        BodyKind.Photo => _maxImageBytes,
        // Base64 is four thirds of its bytes.
        BodyKind.Json => (_maxImageBytes * 4 / 3) + _edge.MaxFieldBytes,
        _ => _edge.MaxFieldBytes,
    };

    private TagProblem TooLarge(BodyKind kind) => kind == BodyKind.UrlEncoded
        ? EdgeProblems.FieldTooLarge(FieldNames.Title, _edge.MaxFieldBytes)
        : EdgeProblems.ImageTooLarge(_maxImageBytes);

    /// <summary>What a body gave beside its text fields.</summary>
    private sealed record ReceivedBody(UploadBuffer? Photo, TagItem? Item);
}
