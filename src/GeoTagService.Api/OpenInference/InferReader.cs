using System.Globalization;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.OpenInference;

/// <summary>A request for inference that was read in full, with the memory that it holds.</summary>
internal sealed class ReceivedInference(InferRequest request, IReadOnlyList<TagInput> items, UploadBuffer body, Upload upload) : IDisposable
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
        upload.Dispose();
    }
}

/// <summary>Reads requests of the Open Inference Protocol: JSON, or JSON with tensors behind it.</summary>
internal sealed class InferReader(BodyReceiver receiver, IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging)
{
    /// <summary>Room for several photos; a single one of the largest size fits in base64 too.</summary>
    private const long LeastMostBytes = 64 * 1024 * 1024;

    private readonly EdgeOptions _edge = edge.Value;
    private readonly long _mostBytes = Math.Max(LeastMostBytes, (tagging.Value.MaxImageBytes * 4 / 3) + (1024 * 1024));

    /// <summary>Reads a request for a head.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Outcome<ReceivedInference>> ReadAsync(HttpContext context, RequestClock clock, string? head)
    {
        BodyReceiver.LiftServerLimits(context);
        var tooLarge = RequestFaults.BodyTooLarge(_mostBytes);
        if (BodyEncodings.PlainLength(context.Request) > _mostBytes)
        {
            return tooLarge;
        }

        await using var received = receiver.Open(context, _mostBytes, tooLarge);
        var upload = received.Open(BodyEncodings.PlainLength(context.Request) ?? _mostBytes);
        var body = new UploadBuffer(_mostBytes, tooLarge, upload);
        var handedOver = false;
        try
        {
            var reading = await BodyGuard.ReadAsync<ReceivedInference>(
                context,
                clock,
                received,
                async token => await body.FillAsync(received, token) is { } fault ? fault : Parse(context.Request, body, upload, head)
            );
            handedOver = reading.IsSuccess;
            return reading;
        }
        finally
        {
            if (!handedOver)
            {
                body.Dispose();
                upload.Dispose();
            }
        }
    }

    private Outcome<ReceivedInference> Parse(HttpRequest http, UploadBuffer body, Upload upload, string? head)
    {
        var json = body.Memory;
        var rest = ReadOnlyMemory<byte>.Empty;
        if (http.Headers[InferNames.HeaderLength].ToString() is { Length: > 0 } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > json.Length)
            {
                return new TaggingError(
                    TaggingErrorCode.Malformed,
                    InferNames.HeaderLength,
                    $"'{InferNames.HeaderLength}' is the number of bytes of the JSON at the body's beginning."
                );
            }

            (json, rest) = (json[..length], json[length..]);
        }

        var request = InferJsonReader.Read(json);
        if (!request.IsSuccess)
        {
            return request.Error;
        }

        var tensors = new List<(InferTensor, ReadOnlyMemory<byte>?)>();
        foreach (var tensor in request.Value.Inputs ?? [])
        {
            if (tensor is null)
            {
                return new TaggingError(TaggingErrorCode.Malformed, "inputs", "An input is null.");
            }

            if (tensor.Parameters?.NotServed is { } extension)
            {
                return InferAnswer.NotServed(tensor.Name ?? "inputs", extension);
            }

            if (tensor.Parameters?.BinaryDataSize is not { } bytes)
            {
                tensors.Add((tensor, null));
                continue;
            }

            if (bytes < 0 || bytes > rest.Length)
            {
                return new TaggingError(
                    TaggingErrorCode.Malformed,
                    tensor.Name,
                    $"'{InferNames.BinaryDataSize}' of '{tensor.Name}' is more than the body holds behind its JSON."
                );
            }

            tensors.Add((tensor, rest[..bytes]));
            rest = rest[bytes..];
        }

        if (rest.Length > 0)
        {
            return new TaggingError(TaggingErrorCode.Malformed, null, $"{rest.Length} bytes of the body belong to no input.");
        }

        var items = InferInputs.ToItems(tensors, head, _edge.BatchWindow);
        return items.IsSuccess ? new ReceivedInference(request.Value, items.Value, body, upload) : items.Error;
    }
}
