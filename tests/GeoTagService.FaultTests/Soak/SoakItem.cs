using System.Net.Http.Headers;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests.Soak;

/// <summary>One kind of request of a soak, and the answers that are right for it.</summary>
/// <param name="Name">What it is called in the report.</param>
/// <param name="Weight">How many of a round are of this kind.</param>
/// <param name="Make">Makes a request by its number.</param>
/// <param name="Right">Statuses that are right besides a refusal for want of room.</param>
/// <param name="Variants">How many different bodies there are; the answers with 200 of each are compared with the one it gets
/// alone.</param>
internal sealed record SoakItem(string Name, int Weight, Func<int, HttpRequestMessage> Make, int[] Right, int Variants = 1)
{
    private static readonly byte[][] Photos = [.. Enumerable.Range(0, 8).Select(seed => TestImages.Jpeg(640, 480, seed))];
    private static readonly byte[] Small = TestImages.Jpeg(120, 90, quality: 60);
    private static readonly byte[] Huge = TestImages.Jpeg(4000, 3000);

    /// <summary>Whether the client leaves before the answer.</summary>
    public bool Leaves { get; init; }

    /// <summary>The mix: ordinary, wrong, hostile, huge, slow, impatient and vanishing clients.</summary>
    public static IReadOnlyList<SoakItem> Mix { get; } =
    [
        new("photo and title", 40, n => Form(Photos[n % 8], $"Canal lock {n % 8}"), [200], 8),
        new("title alone", 15, n => new(HttpMethod.Post, $"v1/tags?title=Farm%20{n % 5}"), [200], 5),
        new("batch of titles", 4, _ => Batch(), [200]),
        new("embeddings", 4, n => new(HttpMethod.Post, $"v1/embeddings?title=Moor%20{n % 3}"), [200], 3),
        new("no photo but text", 5, n => Body(Encoding.ASCII.GetBytes($"not a photo {n}"), "image/jpeg"), [415]),
        new("latitude 91", 5, _ => new(HttpMethod.Post, "v1/tags?title=Canal&lat=91&lon=0"), [422]),
        new("half a photo", 4, n => Body(Photos[n % 8][..(Photos[n % 8].Length / 2)], "image/jpeg"), [422]),
        Case("jpeg-stray-byte-truncated.jpg", 422),
        Case("png-chunk-length-1.9g.png", 422),
        Case("png-ztxt-40m.png", 200),
        Case("jpeg-exif-overlap.jpg", 200),
        Case("prog99-gray-100MP.jpg", 413),
        Case("cmyk-adobe-1.jpg", 200),
        Case("prog-cut.jpg", 422),
        new("photo of 12 megapixels", 2, _ => Form(Huge, "Harbour"), [200]),
        new("upload of 2 KB a second", 1, _ => Slow(Small), [200, 408]),
        new("deadline of a millisecond", 2, n => Hasty(Form(Photos[n % 8], "Canal")), [200, 408]),
        new("client that leaves", 6, n => Form(Photos[n % 8], "Canal"), [200]) { Leaves = true },
    ];

    /// <summary>The kinds in the order of a round, spread evenly.</summary>
    public static SoakItem[] Round()
    {
        var all = Mix.SelectMany(kind => Enumerable.Range(0, kind.Weight).Select(i => (At: (i + 0.5) / kind.Weight, Kind: kind)));
        return [.. all.OrderBy(one => one.At).ThenBy(one => one.Kind.Name, StringComparer.Ordinal).Select(one => one.Kind)];
    }

    private static SoakItem Case(string file, int status)
    {
        var bytes = CaseFiles.Read(file);
        return new SoakItem(file, 1, _ => Body(bytes, "application/octet-stream"), [status]);
    }

    private static HttpRequestMessage Form(byte[] photo, string title)
    {
        var part = new ByteArrayContent(photo);
        part.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        return new(HttpMethod.Post, "v1/tags")
        {
            Content = new MultipartFormDataContent { { part, "image", "a.jpg" }, { new StringContent(title), "title" } },
        };
    }

    private static HttpRequestMessage Body(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new(HttpMethod.Post, "v1/tags") { Content = content };
    }

    private static HttpRequestMessage Batch()
    {
        var lines = string.Concat(Enumerable.Range(0, 8).Select(i => $"{{\"title\":\"Bridge {i}\"}}\n"));
        return new(HttpMethod.Post, "v1/tags/batch") { Content = new StringContent(lines, null, "application/x-ndjson") };
    }

    private static HttpRequestMessage Slow(byte[] photo) => new(HttpMethod.Post, "v1/tags") { Content = new SlowBody(photo) };

    private static HttpRequestMessage Hasty(HttpRequestMessage request)
    {
        request.Headers.Add("X-Request-Timeout", "0.001");
        return request;
    }
}
