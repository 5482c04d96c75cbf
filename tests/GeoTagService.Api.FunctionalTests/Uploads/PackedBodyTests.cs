using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Api.FunctionalTests.Uploads;

/// <summary>Bodies that come packed: the same answers, and the same limits on what comes out.</summary>
public sealed class PackedBodyTests
{
    private const int Megabyte = 1024 * 1024;

    private static readonly byte[] Photo = TestImages.Jpeg();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Encodings => new("gzip", "br", "deflate");

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task EveryKindOfBody_IsAnsweredAsItsPlainForm(string encoding)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        (string Path, Func<HttpContent> Body)[] bodies =
        [
            ("/v1/tags", () => Requests.Form(Photo, ("title", "Canal lock"))),
            ("/v1/tags?title=Canal%20lock", () => Requests.Photo(Photo)),
            ("/v1/tags", () => Requests.Json($$"""{"title":"Canal lock","image":"{{Convert.ToBase64String(Photo)}}"}""")),
            ("/v1/tags", () => new FormUrlEncodedContent([KeyValuePair.Create("title", "Canal lock")])),
            ("/v1/tags/batch", () => Requests.NdJson(Requests.Line("a", "Canal lock"), Requests.Line("b", image: Photo))),
            ("/v1/tags/batch", () => Requests.Form(Photo)),
            ("/v1/tags/evidence", () => Requests.Form(Photo, ("tag", "tag1077"))),
            ("/v1/embeddings", () => Requests.Form(Photo)),
            (
                "/v2/models/auto/infer",
                () => Requests.Json("""{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["Canal lock"]}]}""")
            ),
        ];
        foreach (var (path, body) in bodies)
        {
            using var plain = await client.PostAsync(path, body(), Token);
            using var packed = await client.PostAsync(path, await PackAsync(body(), encoding), Token);

            var text = await packed.Content.ReadAsStringAsync(Token);
            Assert.True(packed.StatusCode == HttpStatusCode.OK, $"{path}: {text}");
            Assert.Equal(await plain.Content.ReadAsStringAsync(Token), text);
        }

        await NothingIsHeldAsync(application);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Bomb_EndsAtItsLimit_WhichIsNamed(string encoding)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        const long photo = 20 * Megabyte;
        const int text = 256 * 1024;
        (string Path, string Type, byte[] Begin, char Filler, string Code, string? Field, long Limit)[] bombs =
        [
            ("/v1/tags", "image/jpeg", [], '\0', "image-too-large", "image", photo),
            ("/v1/tags", "multipart/form-data; boundary=x", Part("image\"; filename=\"a.jpg"), '\0', "image-too-large", "image", photo),
            ("/v1/tags", "multipart/form-data; boundary=x", Part("title"), ' ', "field-too-large", "title", text),
            ("/v1/tags", "multipart/form-data; boundary=x", Part("unknown"), ' ', "image-too-large", "image", photo),
            ("/v1/tags", "application/x-www-form-urlencoded", "title="u8.ToArray(), 'a', "field-too-large", "title", text),
            ("/v1/tags", "application/json", "{\"image\":\""u8.ToArray(), 'A', "image-too-large", "image", photo),
            ("/v1/tags", "application/json", "{\"title\":\""u8.ToArray(), 'A', "field-too-large", "title", text),
            ("/v1/tags", "application/json", [], ' ', "request-too-large", null, text),
            ("/v1/tags/from-embeddings", "application/json", [], ' ', "request-too-large", null, text),
            ("/v2/models/auto/infer", "application/json", [], ' ', "request-too-large", null, 64 * Megabyte),
        ];
        foreach (var (path, type, begin, filler, code, field, limit) in bombs)
        {
            // A quarter of a gigabyte of one byte, which is a megabyte or much less on the wire.
            using var body = Packed(await BombAsync(begin, encoding, (byte)filler), type, encoding);

            using var answer = await client.PostAsync(path, body, Token);

            var problem = await answer.ProblemAsync(413, code, field);
            Assert.Equal(limit, problem.GetProperty("limit").GetInt64());
        }

        await NothingIsHeldAsync(application);
        using var works = await client.PostAsync("/v1/tags", Requests.Form(Photo), Token);
        Assert.Equal(HttpStatusCode.OK, works.StatusCode);
    }

    [Theory]
    [InlineData("gzip", "{\"title\":\"a\"}\n{\"title\":\"")]
    [InlineData("gzip", "{\"title\":\"a\"}\n")]
    [InlineData("br", "{\"title\":\"a\"}\n{\"image\":\"")]
    public async Task BombInABatch_EndsTheBatchBehindWhatWasGood(string encoding, string begin)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var body = Packed(
            await BombAsync(Encoding.UTF8.GetBytes(begin), encoding, filler: (byte)' '),
            "application/x-ndjson",
            encoding
        );

        using var answer = await client.PostAsync("/v1/tags/batch", body, Token);
        var lines = (await answer.Content.ReadAsStringAsync(Token))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();

        Assert.True(lines[0].TryGetProperty("result", out _));
        Assert.Equal("request-too-large", lines[^2].GetProperty("error").GetProperty("code").GetString());
        Assert.False(lines[^1].GetProperty("totals").GetProperty("complete").GetBoolean());
        await NothingIsHeldAsync(application);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task PackedWithNothingInIt_EndsTooHoweverLongItIs(string encoding)
    {
        // Blocks of no length: what comes out stays empty, and only what was sent can be counted.
        byte[] head = encoding switch
        {
            "gzip" => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
            "deflate" => [0x78, 0x01],
            _ => [0x0c],
        };
        byte[] block = encoding == "br" ? [0x06, 0x00] : [0, 0, 0, 0xff, 0xff];
        var bytes = new byte[head.Length + (block.Length * 6 * Megabyte)];
        head.CopyTo(bytes, 0);
        for (var at = head.Length; at < bytes.Length; at += block.Length)
        {
            block.CopyTo(bytes, at);
        }

        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var body = Packed(bytes, "image/jpeg", encoding);

        using var answer = await client.PostAsync("/v1/tags", body, Token);

        Assert.InRange((int)answer.StatusCode, 400, 413);
        await NothingIsHeldAsync(application);
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task CutOrChangedBody_IsMalformedAndNeverTakenForComplete(string encoding)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        var whole = await PackAsync(Encoding.UTF8.GetBytes("{\"title\":\"a\"}\n{\"title\":\"b\"}\n"), encoding);
        for (var length = 1; length < whole.Length; length++)
        {
            using var body = Packed(whole[..length], "application/x-ndjson", encoding);

            using var answer = await client.PostAsync("/v1/tags/batch", body, Token);
            var end = (await answer.Content.ReadAsStringAsync(Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];

            Assert.True(
                !JsonDocument.Parse(end).RootElement.GetProperty("totals").GetProperty("complete").GetBoolean(),
                $"{length} of {whole.Length} bytes: {end}"
            );
        }

        using var noise = Packed([1, 2, 3, 4, 5, 6, 7, 8], "application/json", encoding);
        using var refused = await client.PostAsync("/v1/tags", noise, Token);
        await refused.ProblemAsync(400, "malformed", null);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("\"gzip")]
    public async Task OtherEncoding_IsRefusedWithThoseThatAreRead(string encoding)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags") { Content = Requests.Json("{}") };
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);

        using var answer = await client.SendAsync(request, Token);

        await answer.ProblemAsync(415, "unsupported-content-type", "Content-Encoding");
        Assert.Equal("gzip, br, deflate", string.Join(", ", answer.Headers.GetValues("Accept-Encoding")));
    }

    [Fact]
    public void WindowsOfBrotli_HaveTheirOwnRoom_AndNoClientTakesAllOfIt()
    {
        var room = new WindowRoom(64 * Megabyte);

        Assert.True(room.TryTake("a", WindowRoom.WindowOf(100 * Megabyte)));
        Assert.True(room.TryTake("a", WindowRoom.Largest));
        Assert.False(room.TryTake("a", 1));
        Assert.True(room.TryTake("b", WindowRoom.Largest));
        Assert.True(room.TryTake("c", WindowRoom.Largest));
        Assert.False(room.TryTake("d", 1));
        room.Return("a", WindowRoom.Largest);
        Assert.True(room.TryTake("d", 1));
        Assert.Equal(2000, WindowRoom.WindowOf(1000));
    }

    private static byte[] Part(string name) => Encoding.UTF8.GetBytes($"--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");

    private static async Task<HttpContent> PackAsync(HttpContent plain, string encoding)
    {
        using (plain)
        {
            var packed = new ByteArrayContent(await PackAsync(await plain.ReadAsByteArrayAsync(Token), encoding));
            packed.Headers.ContentType = plain.Headers.ContentType;
            packed.Headers.ContentEncoding.Add(encoding);
            return packed;
        }
    }

    private static async Task<byte[]> PackAsync(byte[] plain, string encoding)
    {
        var packed = new MemoryStream();
        await using (var stream = Packing(packed, encoding))
        {
            await stream.WriteAsync(plain, Token);
        }

        return packed.ToArray();
    }

    private static async Task<byte[]> BombAsync(byte[] begin, string encoding, byte filler)
    {
        var packed = new MemoryStream();
        await using (var stream = Packing(packed, encoding))
        {
            await stream.WriteAsync(begin, Token);
            var zeros = new byte[Megabyte];
            zeros.AsSpan().Fill(filler);
            for (var i = 0; i < 256; i++)
            {
                await stream.WriteAsync(zeros, Token);
            }
        }

        return packed.ToArray();
    }

    private static Stream Packing(Stream packed, string encoding) =>
        encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        };

    private static ByteArrayContent Packed(byte[] bytes, string type, string encoding)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        content.Headers.ContentEncoding.Add(encoding);
        return content;
    }

    private static Task NothingIsHeldAsync(GeoTagApplication application) =>
        Eventually.TrueAsync(() => application.Services.GetRequiredService<UploadBudget>() is { TakenBytes: 0, Windows.TakenBytes: 0 });
}
