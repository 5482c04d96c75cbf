using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GeoTagService.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace GeoTagService.Api.Batches;

/// <summary>Writes NDJSON to a response, a line at a time, as the receiver takes them.</summary>
internal sealed class NdJsonWriter(HttpContext context) : IAsyncDisposable
{
    public const string ContentType = "application/x-ndjson";

    /// <summary>A client may pause, while it writes to a slow disk, but not for ever.</summary>
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 100, gracePeriod: TimeSpan.FromMinutes(2));

    private readonly PipeWriter _pipe = context.Response.BodyWriter;
    private readonly Utf8JsonWriter _json = new(
        context.Response.BodyWriter,
        new JsonWriterOptions { Encoder = TagJson.Wire.Options.Encoder, SkipValidation = true }
    );

    /// <summary>Sends the headers at once, so that the client can begin to read while it still writes.</summary>
    public Task StartAsync()
    {
        context.Response.ContentType = ContentType;
        // A gateway must not collect the answer.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response)
        {
            response.MinDataRate = SlowestReader;
        }

        return context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Writes a line and waits until the transport has room again.</summary>
    public async ValueTask WriteAsync<T>(T value, JsonTypeInfo<T> type)
    {
        _json.Reset(_pipe);
        JsonSerializer.Serialize(_json, value, type);
        await _json.FlushAsync(context.RequestAborted);
        _pipe.GetSpan(1)[0] = (byte)'\n';
        _pipe.Advance(1);
        await _pipe.FlushAsync(context.RequestAborted);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _json.DisposeAsync();
}
