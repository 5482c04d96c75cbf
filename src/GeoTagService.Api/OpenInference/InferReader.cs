using System.Globalization;
using System.Text.Json;
using System.Threading.RateLimiting;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.OpenInference;

/// <summary>A request for inference that was read in full, with the memory that it holds.</summary>
internal sealed class ReceivedInference(InferRequest request, IReadOnlyList<TagInput> items, UploadBuffer body, RateLimitLease share) : IDisposable
{
    private UploadBuffer? _body = body;

    public InferRequest Request { get; } = request;

    public IReadOnlyList<TagInput> Items { get; } = items;

    /// <summary>A decoder may still be reading: the bytes must not come back to the pool.</summary>
    public void Abandon()
    {
        _body?.Abandon();
        _body = null;
    }

    public void Dispose()
    {
        _body?.Dispose();
        _body = null;
        share.Dispose();
    }
}

/// <summary>Reads requests of the Open Inference Protocol: JSON, or JSON with tensors behind it.</summary>
internal sealed class InferReader(UploadBudget budget, IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging, TimeProvider time)
{
    /// <summary>Room for several photos; a single one of the largest size fits in base64 too.</summary>
    private const long LeastMostBytes = 64 * 1024 * 1024;

    private readonly EdgeOptions _edge = edge.Value;
    private readonly long _mostBytes = Math.Max(LeastMostBytes, (tagging.Value.MaxImageBytes * 4 / 3) + (1024 * 1024));

    /// <summary>Reads a request for a head.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Reading<ReceivedInference>> ReadAsync(HttpContext context, RequestClock clock, string? head)
    {
        RequestBody.LiftServerLimit(context);
        var expected = context.Request.ContentLength ?? _mostBytes;
        if (expected > _mostBytes)
        {
            return EdgeProblems.BodyTooLarge(_mostBytes);
        }

        var share = await budget.TakeAsync(expected, clock.Token);
        if (!share.IsSuccess)
        {
            return share.Error;
        }

        var body = new UploadBuffer(_mostBytes, context.Request.ContentLength ?? 0);
        var handedOver = false;
        try
        {
            var reading = await BodyGuard.ReadAsync<ReceivedInference>(context, clock, _edge.UploadTimeout, time, async (source, token) =>
                await body.FillAsync(source, token) ? Parse(context.Request, body, share.Value, head) : EdgeProblems.BodyTooLarge(_mostBytes));
            handedOver = reading.IsSuccess;
            return reading;
        }
        finally
        {
            if (!handedOver)
            {
                body.Dispose();
                share.Value.Dispose();
            }
        }
    }

    private Reading<ReceivedInference> Parse(HttpRequest http, UploadBuffer body, RateLimitLease share, string? head)
    {
        var json = body.Memory;
        var rest = ReadOnlyMemory<byte>.Empty;
        if (http.Headers[InferNames.HeaderLength].ToString() is { Length: > 0 } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > json.Length)
            {
                return new TaggingError(
                    TaggingErrorCode.Malformed, InferNames.HeaderLength, $"'{InferNames.HeaderLength}' is the number of bytes of the JSON at the body's beginning.");
            }

            (json, rest) = (json[..length], json[length..]);
        }

        var request = WireJson.Read(json.Span, InferJson.Default.InferRequest);
        if (!request.IsSuccess)
        {
            return request.Problem;
        }

        var tensors = new List<(InferTensor, ReadOnlyMemory<byte>?)>();
        foreach (var tensor in request.Value.Inputs ?? [])
        {
            if (tensor is null)
            {
                return new TaggingError(TaggingErrorCode.Malformed, "inputs", "An input is null.");
            }

            if (tensor.Parameters?.TryGetValue(InferNames.BinaryDataSize, out var size) != true)
            {
                tensors.Add((tensor, null));
                continue;
            }

            if (size.ValueKind != JsonValueKind.Number || !size.TryGetInt32(out var bytes) || bytes < 0 || bytes > rest.Length)
            {
                return new TaggingError(
                    TaggingErrorCode.Malformed, tensor.Name, $"'{InferNames.BinaryDataSize}' of '{tensor.Name}' is more than the body holds behind its JSON.");
            }

            tensors.Add((tensor, rest[..bytes]));
            rest = rest[bytes..];
        }

        if (rest.Length > 0)
        {
            return new TaggingError(TaggingErrorCode.Malformed, null, $"{rest.Length} bytes of the body belong to no input.");
        }

        var items = InferInputs.ToItems(tensors, head, _edge.BatchWindow);
        return items.IsSuccess ? new ReceivedInference(request.Value, items.Value, body, share) : items.Error;
    }
}
