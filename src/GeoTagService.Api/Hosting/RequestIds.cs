using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Serilog.Context;

namespace GeoTagService.Api.Hosting;

/// <summary>One id for a request in the log, in problem documents and in the answer: a trusted gateway's, else one of our own.
/// </summary>
internal static partial class RequestIds
{
    public const string Header = "X-Request-Id";

    /// <summary>Gives every request its id. Comes before forwarded headers are applied: the question is who is connected.</summary>
    public static void UseRequestIds(this WebApplication app)
    {
        var forwarded = app.Services.GetRequiredService<IOptions<ForwardedHeadersOptions>>().Value;
        app.Use(
            async (context, next) =>
            {
                var sent = context.Request.Headers[Header].ToString();
                context.TraceIdentifier =
                    Form().IsMatch(sent) && IsTrusted(context.Connection.RemoteIpAddress, forwarded)
                        ? sent
                        // The trace's, where there is one: then both lead to the same lines.
                        : Activity.Current?.TraceId.ToHexString() ?? ActivityTraceId.CreateRandom().ToHexString();
                // At the last moment: what turns an exception into a document clears the headers.
                context.Response.OnStarting(
                    static state =>
                    {
                        var http = (HttpContext)state;
                        http.Response.Headers[Header] = http.TraceIdentifier;
                        return Task.CompletedTask;
                    },
                    context
                );
                // Every line that is logged for it, not only the one at its end.
                using (LogContext.PushProperty("RequestId", context.TraceIdentifier))
                {
                    await next(context);
                }
            }
        );
    }

    private static bool IsTrusted(IPAddress? address, ForwardedHeadersOptions forwarded)
    {
        if (address is null)
        {
            // A socket of the file system.
            return true;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return IPAddress.IsLoopback(address) || forwarded.KnownIPNetworks.Any(network => network.Contains(address));
    }

    /// <summary>What goes into logs without doing harm there.</summary>
    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex Form();
}
