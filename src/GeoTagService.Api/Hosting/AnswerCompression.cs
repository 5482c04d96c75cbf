using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>
/// Packs answers for clients that ask for it (<c>br</c>, <c>gzip</c>), under TLS too. What makes that dangerous elsewhere (BREACH: a
/// secret and something of an attacker's choice in one answer whose length is seen) is not here: no answer holds a secret, and a
/// browser sends no key by itself, since there are no cookies.
/// </summary>
internal static class AnswerCompression
{
    /// <summary>Adds it.</summary>
    public static IServiceCollection AddAnswerCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(compression =>
        {
            compression.EnableForHttps = true;
            compression.Providers.Add<BrotliCompressionProvider>();
            compression.Providers.Add<GzipCompressionProvider>();
            compression.MimeTypes =
            [
                .. ResponseCompressionDefaults.MimeTypes,
                "application/problem+json",
                "application/x-ndjson",
                "image/svg+xml",
                "text/javascript",
            ];
        });
        // The photo's work is what takes time: the smallest effort has most of the gain.
        services.Configure<BrotliCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);
        services.Configure<GzipCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);
        services.AddSingleton<IResponseCompressionProvider, LongAnswers>();
        return services;
    }

    /// <summary>All but short answers, which packing makes longer or saves no packet.</summary>
    private sealed class LongAnswers(IServiceProvider services, IOptions<ResponseCompressionOptions> options)
        : ResponseCompressionProvider(services, options)
    {
        /// <summary>What goes into one packet with its headers.</summary>
        private const int ShortestBytes = 1024;

        public override bool ShouldCompressResponse(HttpContext context) =>
            context.Response.ContentLength is not < ShortestBytes
            && !context.Request.Path.StartsWithSegments("/health")
            && !context.Request.Path.StartsWithSegments("/v2/health")
            && base.ShouldCompressResponse(context);
    }
}
