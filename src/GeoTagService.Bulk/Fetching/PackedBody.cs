using System.IO.Compression;
using System.Net.Http.Headers;

namespace GeoTagService.Bulk.Fetching;

/// <summary>Bodies that a host packed for the way. They are unpacked here and not by the client of the framework, which does not tell
/// that a body was packed: one that unpacks without end is a fault of its host, not of the photo.</summary>
internal static class PackedBody
{
    private const int MostLayers = 2;

    /// <summary>Says which packings are understood.</summary>
    public static void Offer(HttpHeaderValueCollection<StringWithQualityHeaderValue> header)
    {
        foreach (var packing in new[] { "gzip", "deflate", "br" })
        {
            header.Add(new StringWithQualityHeaderValue(packing));
        }
    }

    /// <summary>Opens what a host sent.</summary>
    /// <param name="sent">The body as it came; belongs to what is returned.</param>
    /// <param name="packing">What it was packed by, in that order.</param>
    /// <returns>The body as it was meant, or null where nobody here unpacks it.</returns>
    public static Stream? Open(Stream sent, IEnumerable<string> packing)
    {
        var body = sent;
        var layers = 0;
        foreach (var name in packing.Reverse())
        {
            if (name.Equals("identity", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var inner = layers++ == MostLayers ? null : Unpacked(body, name);
            if (inner is null)
            {
                return null;
            }

            body = inner;
        }

        return body;
    }

    private static Stream? Unpacked(Stream body, string name) =>
        name.ToUpperInvariant() switch
        {
            "GZIP" or "X-GZIP" => new GZipStream(body, CompressionMode.Decompress),
            "DEFLATE" => new ZLibStream(body, CompressionMode.Decompress),
            "BR" => new BrotliStream(body, CompressionMode.Decompress),
            _ => null,
        };
}
