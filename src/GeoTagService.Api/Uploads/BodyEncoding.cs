using System.IO.Compression;
using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>How a request's body is packed.</summary>
internal enum BodyEncoding
{
    /// <summary>Not at all.</summary>
    Plain,

    /// <summary><c>gzip</c>.</summary>
    Gzip,

    /// <summary><c>deflate</c>, which is zlib's form.</summary>
    Deflate,

    /// <summary><c>br</c>.</summary>
    Brotli,
}

/// <summary>The header <c>Content-Encoding</c> of requests.</summary>
internal static class BodyEncodings
{
    /// <summary>What is read.</summary>
    public const string Accepted = "gzip, br, deflate";

    /// <summary>Refuses a body that is packed in a way that is not read, and says in which ways it may be.</summary>
    public static TaggingError? Refusal(HttpContext context)
    {
        if (TryRead(context.Request, out _))
        {
            return null;
        }

        context.Response.Headers.AcceptEncoding = Accepted;
        var sent = context.Request.Headers.ContentEncoding.ToString();
        return new TaggingError(
            TaggingErrorCode.UnsupportedContentType,
            "Content-Encoding",
            $"'{(sent.Length <= 100 ? sent : sent[..100] + "…")}' is not supported here; send one of {Accepted}, or none."
        );
    }

    /// <summary>The encoding of a request that was not refused.</summary>
    public static BodyEncoding Of(HttpRequest request) => TryRead(request, out var encoding) ? encoding : BodyEncoding.Plain;

    /// <summary>How many bytes the body has once it is unpacked, where its headers tell.</summary>
    public static long? PlainLength(HttpRequest request) => Of(request) == BodyEncoding.Plain ? request.ContentLength : null;

    /// <summary>Unpacks a stream while it is read; null for one that is not packed.</summary>
    public static Stream? Unpack(BodyEncoding encoding, Stream packed) =>
        encoding switch
        {
            BodyEncoding.Gzip => new GZipStream(packed, CompressionMode.Decompress),
            BodyEncoding.Deflate => new ZLibStream(packed, CompressionMode.Decompress),
            BodyEncoding.Brotli => new BrotliStream(packed, CompressionMode.Decompress),
            _ => null,
        };

    private static bool TryRead(HttpRequest request, out BodyEncoding encoding)
    {
        BodyEncoding? read = request.Headers.ContentEncoding.ToString().Trim().ToLowerInvariant() switch
        {
            "" or "identity" => BodyEncoding.Plain,
            "gzip" or "x-gzip" => BodyEncoding.Gzip,
            "deflate" => BodyEncoding.Deflate,
            "br" => BodyEncoding.Brotli,
            _ => null,
        };
        encoding = read ?? BodyEncoding.Plain;
        return read is not null;
    }
}
