using System.Text;

namespace GeoTagService.Testing.Fuzzing;

/// <summary>Requests of every kind as they are sent, to be changed: bodies by operation and content type.</summary>
public static class RequestCorpus
{
    /// <summary>Boundary of the multipart bodies.</summary>
    public const string Boundary = "b0undary";

    private static readonly string s_photo = Convert.ToBase64String(TestImages.Jpeg(16, 12));

    /// <summary>One kind of request.</summary>
    /// <param name="Path">Of the operation.</param>
    /// <param name="ContentType">Of the body.</param>
    /// <param name="Bodies">Well-formed bodies.</param>
    /// <param name="Words">What its reader looks for.</param>
    public sealed record Kind(string Path, string ContentType, IReadOnlyList<byte[]> Bodies, IReadOnlyList<byte[]> Words)
    {
        /// <summary>For messages.</summary>
        public string Name => $"{Path} {ContentType.Split(';')[0]}";
    }

    /// <summary>Every kind.</summary>
    public static IReadOnlyList<Kind> Kinds { get; } =
    [
        new(
            "/v1/tags",
            "application/json",
            Texts(
                """{"title":"Lock 7 on the Peak Forest Canal, Marple","gridReference":"SJ 96 88","threshold":{"tag1077":0.2},"explain":true}""",
                $$"""{"image":"{{s_photo}}","title":"caf\u00e9","lat":52.5,"lon":-0.98,"head":"auto","applyOrientation":false}"""
            ),
            JsonWords
        ),
        new(
            "/v1/tags/batch",
            "application/x-ndjson",
            Texts(
                "{\"id\":\"a\",\"title\":\"Canal\"}\n{\"id\":\"b\",\"title\":\"Heathrow\",\"lat\":51.47,\"lon\":-0.4543,\"threshold\":0.2}\n",
                $"{{\"id\":1,\"image\":\"{s_photo}\"}}\r\n\r\n{{\"title\":\"\"}}\n"
            ),
            JsonWords
        ),
        new(
            "/v1/tags/from-embeddings",
            "application/json",
            Texts(
                """{"items":[{"id":"a","title":[0.5,-1,2e-3]},{"title":"AACAPwAAAD8=","lat":52,"lon":-1}]}""",
                """{"id":"a","image":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1],"head":"linear-img"}"""
            ),
            JsonWords
        ),
        new(
            "/v2/models/auto/infer",
            "application/json",
            Texts(
                """{"id":"1","inputs":[{"name":"title","datatype":"BYTES","shape":[2],"data":["Canal","Lock"]},{"name":"location","datatype":"FP32","shape":[2,2],"data":[52,-1,53,-2]}],"outputs":[{"name":"probabilities"}]}"""
            ),
            JsonWords
        ),
        new(
            "/v1/tags",
            $"multipart/form-data; boundary={Boundary}",
            [
                Form(
                    ("image", TestImages.Jpeg(16, 12)),
                    ("title", "Canal"u8.ToArray()),
                    ("lat", "52.5"u8.ToArray()),
                    ("lon", "-0.98"u8.ToArray())
                ),
            ],
            FormWords
        ),
        new(
            "/v1/tags/batch",
            $"multipart/form-data; boundary={Boundary}",
            [Form(("image", TestImages.Jpeg(16, 12)), ("image", TestImages.Png(8, 8)))],
            FormWords
        ),
        new(
            "/v1/tags",
            "application/x-www-form-urlencoded",
            Texts("title=Canal%20lock&gridReference=TQ+30+80&threshold=0.2&explain=true"),
            Texts("&", "=", "%", "%00", "%FF", "+", "title")
        ),
        new("/v1/embeddings", "image/jpeg", [TestImages.Jpeg(16, 12), TestImages.Png(8, 8), TestImages.WebP(8, 8)], []),
    ];

    private static IReadOnlyList<byte[]> JsonWords =>
        Texts(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "null",
            "1e400",
            "-0",
            "NaN",
            "\n",
            "\"title\":",
            "\"image\":\"",
            "[[[[[[[[",
            "\u00ff",
            "{\"a\":{\"a\":{\"a\":"
        );

    private static IReadOnlyList<byte[]> FormWords =>
        Texts(
            "\r\n",
            $"--{Boundary}",
            $"--{Boundary}--",
            "Content-Disposition: form-data; name=\"image\"",
            "Content-Type: multipart/mixed",
            "name*=UTF-8''x",
            "\r\n\r\n",
            "; filename=\"../../x\"",
            ": "
        );

    private static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    private static byte[] Form(params (string Name, byte[] Body)[] parts)
    {
        using var form = new MemoryStream();
        foreach (var (name, body) in parts)
        {
            form.Write(
                Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.jpg\"\r\n\r\n")
            );
            form.Write(body);
            form.Write("\r\n"u8);
        }

        form.Write(Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"));
        return form.ToArray();
    }
}
