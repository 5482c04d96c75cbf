using Microsoft.AspNetCore.Http;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>A body that comes, and never comes to its end.</summary>
internal static class SlowBody
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Sends a byte now and then, all but the last, until the other side has enough.</summary>
    public static async Task DripAsync(HttpContext context, byte[] body)
    {
        await context.Response.StartAsync(context.RequestAborted);
        for (var at = 0; ; at++)
        {
            if (at < body.Length - 1)
            {
                await context.Response.Body.WriteAsync(body.AsMemory(at, 1), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }

            await Task.Delay(Pause, context.RequestAborted);
        }
    }
}
