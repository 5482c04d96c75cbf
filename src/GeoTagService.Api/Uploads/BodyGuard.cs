using GeoTagService.Api.Hosting;
using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>Turns what goes wrong while a body is read into values, in one place: time that runs out, a sender that is too slow,
/// framing that ends early, a client that leaves.</summary>
internal static class BodyGuard
{
    /// <summary>Reads a body under its clock.</summary>
    /// <param name="context">The request.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="body">Its body.</param>
    /// <param name="read">The reading; gets a token that ends with the client's patience.</param>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async Task<Outcome<T>> ReadAsync<T>(
        HttpContext context,
        RequestClock clock,
        ReceivedBody body,
        Func<CancellationToken, ValueTask<Outcome<T>>> read
    )
        where T : class
    {
        await using var interruption = clock.Token.Register(static body => ((ReceivedBody)body!).Interrupt(), body);
        try
        {
            return await read(clock.Token);
        }
        catch (Exception exception) when (IsOfTheClient(exception))
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            if (body.Ended is not null && HttpProtocol.IsHttp11(context.Request.Protocol))
            {
                // What is still under way of it is not worth reading.
                context.Response.Headers.Connection = "close";
            }

            return body.Ended ?? (exception is OperationCanceledException ? clock.Refusal() : BrokenOff(exception));
        }
    }

    /// <summary>What a server or a multipart reader throws for a body that breaks off or is framed wrongly.</summary>
    public static bool IsOfTheClient(Exception exception) => exception is OperationCanceledException or IOException or InvalidDataException;

    private static TaggingError BrokenOff(Exception exception) =>
        exception is BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }
            ? UploadFaults.Lost()
            : new TaggingError(TaggingErrorCode.Malformed, null, "The request's body is broken off, or is not framed as its headers say.");
}
