using GeoTagService.Api.Access;
using GeoTagService.Api.Hosting;
using GeoTagService.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Uploads;

/// <summary>Opens the bodies of requests.</summary>
internal sealed class BodyReceiver(UploadBudget budget, IOptions<EdgeOptions> edge, TimeProvider time)
{
    /// <summary>Opens a body that holds one item, or few.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <param name="tooLarge">What is said when it has more.</param>
    public ReceivedBody Open(HttpContext context, long most, TaggingError tooLarge) => Open(context, false, most, tooLarge);

    /// <summary>Opens a body that holds as many items as its client likes.</summary>
    /// <param name="context">The request.</param>
    public ReceivedBody OpenOfItems(HttpContext context) => Open(context, true, long.MaxValue, null);

    /// <summary>Lifts the server's own limits on a body: bytes and pace are counted here and answered with a document, where the
    /// server would break the connection off.</summary>
    public static void LiftServerLimits(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    private ReceivedBody Open(HttpContext context, bool ofItems, long most, TaggingError? tooLarge)
    {
        LiftServerLimits(context);
        return new ReceivedBody(
            context.Request.BodyReader, budget, AccessExtensions.ClientOf(context), ofItems, edge.Value, time, most, tooLarge);
    }
}
