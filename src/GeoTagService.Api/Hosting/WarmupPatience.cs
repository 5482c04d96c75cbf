using GeoTagService.Core.Encoders;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>Lets a request wait at the door, unread, while a process that has just started finishes its warm-up: its port is
/// open by then, and a gateway that finds it open sends work.</summary>
internal sealed class WarmupPatience(ModelReadiness readiness, IOptions<EdgeOptions> options, TimeProvider time)
{
    /// <summary>Waits, where there is something to wait for; whether the service is ready then, the tagger asks anew.</summary>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var settled = readiness.Settled;
        if (!settled.IsCompleted)
        {
            var http = context.HttpContext;
            var patience = options.Value.StartWait;
            if (RequestClock.TryParse(http.Request.Headers[RequestClock.Header].ToString(), out var own) && own < patience)
            {
                patience = own;
            }

            await settled.WaitAsync(patience, time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await next(context);
    }
}
