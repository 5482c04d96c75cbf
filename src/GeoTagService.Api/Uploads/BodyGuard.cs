using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>Turns what goes wrong while a body is read into values, in one place: time that runs out, framing that ends
/// early, a client that leaves.</summary>
internal static class BodyGuard
{
    /// <summary>Reads under a time limit.</summary>
    /// <param name="context">The request.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="limit">Longest time that the body may take.</param>
    /// <param name="time">Time.</param>
    /// <param name="read">The reading; gets the body and a token that ends with the client.</param>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public static async Task<Reading<T>> ReadAsync<T>(
        HttpContext context,
        RequestClock clock,
        TimeSpan limit,
        TimeProvider time,
        Func<Stream, CancellationToken, Task<Reading<T>>> read)
        where T : class
    {
        using var upload = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, upload.Token);
        await using var body = new InterruptibleBody(context.Request.BodyReader);
        await using var interruption = either.Token.Register(static body => ((InterruptibleBody)body!).Interrupt(), body);
        try
        {
            return await read(body, context.RequestAborted);
        }
        catch (Exception exception) when (IsOfTheClient(exception))
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            return exception switch
            {
                OperationCanceledException when clock.Expired => clock.Refusal(),
                OperationCanceledException => EdgeProblems.UploadTimedOut(limit),
                BadHttpRequestException { StatusCode: not 400 } bad => EdgeProblems.FromStatus(bad.StatusCode),
                _ => new TaggingError(
                    TaggingErrorCode.Malformed, null, "The request's body is broken off, or is not framed as its headers say."),
            };
        }
    }

    /// <summary>What a server or a multipart reader throws for a body that breaks off or is framed wrongly.</summary>
    public static bool IsOfTheClient(Exception exception) =>
        exception is OperationCanceledException or IOException or InvalidDataException;
}
