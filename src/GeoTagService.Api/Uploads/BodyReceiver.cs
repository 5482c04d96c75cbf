using GeoTagService.Api.Access;
using GeoTagService.Api.Hosting;
using GeoTagService.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Uploads;

/// <summary>Opens the bodies of requests.</summary>
internal sealed class BodyReceiver(UploadBudget budget, IOptions<EdgeOptions> edge, IOptions<TaggingOptions> tagging, TimeProvider time)
{
    /// <summary>Most bytes of one item that comes packed: what it may have beside its photo in base64, and what of it is passed over,
    /// must not be unpacked for ever.</summary>
    private readonly long _mostOfPackedItem = (tagging.Value.MaxImageBytes * 3 / 2) + (2L * edge.Value.MaxFieldBytes);

    /// <summary>Opens a body that holds one item, or few.</summary>
    /// <param name="context">The request.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <param name="tooLarge">What is said when it has more.</param>
    public ReceivedBody Open(HttpContext context, long most, TaggingError tooLarge) => Open(context, false, most, tooLarge);

    /// <summary>Opens a body that holds as many items as its client likes.</summary>
    /// <param name="context">The request.</param>
    public ReceivedBody OpenOfItems(HttpContext context) =>
        Open(context, true, _mostOfPackedItem, UploadFaults.ItemTooLarge(_mostOfPackedItem));

    /// <summary>Opens an account of a client for what comes from elsewhere.</summary>
    /// <param name="context">The client's request.</param>
    /// <param name="most">Most bytes that may come.</param>
    public Upload OpenApart(HttpContext context, long most) => budget.Open(null, AccessExtensions.ClientOf(context), most);

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

    private ReceivedBody Open(HttpContext context, bool ofItems, long most, TaggingError tooLarge)
    {
        LiftServerLimits(context);
        return new ReceivedBody(
            context.Request.BodyReader,
            budget,
            AccessExtensions.ClientOf(context),
            ofItems,
            edge.Value,
            time,
            BodyEncodings.Of(context.Request),
            most,
            tooLarge
        );
    }
}
