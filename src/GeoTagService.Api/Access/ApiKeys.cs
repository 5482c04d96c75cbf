using System.Security.Cryptography;
using System.Text;
using GeoTagService.Api.Problems;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>Lets a request pass that carries one of the configured keys, or any when none is configured.</summary>
internal sealed class ApiKeys(IOptions<AccessOptions> options)
{
    public const string Header = "X-Api-Key";

    /// <summary>Digests have one length, so that comparing them takes one time, whatever was sent.</summary>
    private readonly byte[][] _digests = [.. options.Value.ApiKeys.Select(Digest)];

    /// <summary>Whether keys are configured at all.</summary>
    public bool AreRequired => _digests.Length > 0;

    /// <summary>Whether a request may pass.</summary>
    public bool Admits(HttpRequest request)
    {
        if (!AreRequired)
        {
            return true;
        }

        var sent = Digest(request.Headers[Header].ToString());
        var known = false;
        foreach (var digest in _digests)
        {
            known |= CryptographicOperations.FixedTimeEquals(sent, digest);
        }

        return known;
    }

    /// <summary>Refuses requests without a key, before anything is read.</summary>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (Admits(context.HttpContext.Request))
        {
            return await next(context);
        }

        context.HttpContext.Response.Headers.WWWAuthenticate = "ApiKey";
        return EdgeProblems.ApiKeyMissing().ToResult();
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
