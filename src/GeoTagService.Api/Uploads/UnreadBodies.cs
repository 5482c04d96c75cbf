using System.Buffers;

namespace GeoTagService.Api.Uploads;

/// <summary>
/// Takes what still comes of a body that was refused, so that its client can read the answer instead of a broken connection, but no
/// faster than this: the web server would take it as fast as it comes, and clients that send megabytes to be refused would then cost
/// everybody else a core.
/// </summary>
internal sealed class UnreadBodies(RequestDelegate next, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <summary>Of all such bodies together.</summary>
    private const int BytesPerSecond = 16 << 20;

    private const int Piece = 256 << 10;

    /// <summary>A client that has not finished by then, with its answer before it, is not waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private int _underWay;

    /// <summary>Answers, and then takes what is left of the body.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (IsRefused(context) && MayHaveMore(context.Request))
        {
            await context.Response.CompleteAsync();
            await TakeAsync(context);
        }
    }

    /// <summary>Where the answer closes the connection, nothing more of it is worth taking.</summary>
    private static bool IsRefused(HttpContext context) =>
        context.Response.StatusCode >= StatusCodes.Status400BadRequest
        && HttpProtocol.IsHttp11(context.Request.Protocol)
        && !context.Response.Headers.Connection.Contains("close")
        && !context.RequestAborted.IsCancellationRequested;

    /// <summary>A client that asked before it sends its body has not sent it.</summary>
    private static bool MayHaveMore(HttpRequest request) =>
        request.Headers.Expect.Count == 0 && request.ContentLength is null or > Piece && RequestBody.CanHave(request);

    private async Task TakeAsync(HttpContext context)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            patience.Token,
            context.RequestAborted,
            lifetime.ApplicationStopping
        );
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        Interlocked.Increment(ref _underWay);
        try
        {
            BodyReceiver.LiftServerLimits(context);
            while (await context.Request.Body.ReadAsync(piece, end.Token) is > 0 and var taken)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)taken * Volatile.Read(ref _underWay) / BytesPerSecond), time, end.Token);
            }
        }
        catch (Exception ended) when (BodyGuard.IsOfTheClient(ended) || ended is InvalidOperationException)
        {
            // It broke off, or a reading of it that was given up still holds it: the server sees to it.
            if (patience.IsCancellationRequested)
            {
                context.Abort();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
