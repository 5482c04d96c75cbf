using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Json;

/// <summary>JSON that is larger than what is read: the limit ends the reading, and the answer names field and limit.</summary>
public sealed class JsonLimitTests
{
    /// <summary>Bodies without an end: the beginning, what is repeated, and what the answer must say.</summary>
    public static TheoryData<string, string, string, string, string?, long, string> Endless =>
        new()
        {
            { "/v1/tags/from-embeddings", "{\"items\":[{}", ",{}", "too-many-items", "items", 4096, "items" },
            { "/v1/tags/from-embeddings", "{\"items\":[", "{\"id\":1},", "too-many-items", "items", 4096, "items" },
            { "/v1/tags/from-embeddings", "{\"items\":[{\"x\":1", ",\"x\":1", "too-many-members", "x", 256, "members" },
            { "/v1/tags/from-embeddings", "{\"x\":1", ",\"x\":1", "too-many-members", "x", 256, "members" },
            { "/v1/tags/from-embeddings", "{\"title\":[1", ",1", "field-too-large", "title", 262_144, "bytes" },
            { "/v1/tags/from-embeddings", "{\"title\":\"", "AAAA", "field-too-large", "title", 262_144, "bytes" },
            { "/v1/tags", "{\"y\":{\"x\":1", ",\"x\":1", "too-many-members", "y", 256, "members" },
            { "/v1/tags", "{\"y\":[1", ",1", "request-too-large", null, 262_144, "bytes" },
            { "/v1/tags", "{\"y\":", "[", "too-deep", "y", 64, "levels" },
            { "/v1/tags", "{\"y\":", "{\"y\":", "too-deep", "y", 64, "levels" },
            { "/v1/tags", "{\"title\":\"", "canal ", "field-too-large", "title", 262_144, "bytes" },
            { "/v1/tags", "{\"title\":\"", "\\u0041", "field-too-large", "title", 262_144, "bytes" },
            { "/v1/tags", "{\"lat\":1", "0", "field-too-large", "lat", 262_144, "bytes" },
            { "/v1/tags", "{\"threshold\":{\"default\":0.5", ",\"tag1077\":0.5", "field-too-large", "threshold", 262_144, "bytes" },
            { "/v1/tags", "{\"", "name", "request-too-large", null, 262_144, "bytes" },
            { "/v1/tags", "{", " ", "request-too-large", null, 262_144, "bytes" },
            { "/v1/tags", "", "\n", "request-too-large", null, 262_144, "bytes" },
            { "/v1/tags", "{\"image\":", " ", "request-too-large", null, 262_144, "bytes" },
            { "/v1/tags", "{\"image\":\"", "AAAA", "image-too-large", "image", 20_971_520, "bytes" },
            { "/v1/tags", "{\"image\":\"", "\\/AAA", "image-too-large", "image", 20_971_520, "bytes" },
            { "/v1/embeddings", "{\"y\":1", ",\"x\":1", "too-many-members", "x", 256, "members" },
            { "/v1/tags/evidence", "{\"title\":\"", "canal ", "field-too-large", "title", 262_144, "bytes" },
        };

    [Theory]
    [MemberData(nameof(Endless))]
    public async Task EndlessJson_IsEndedByTheLimitThatIsNamed(
        string path,
        string beginning,
        string more,
        string code,
        string? field,
        long limit,
        string unit
    )
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await connection.ConnectAsync("127.0.0.1", client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        await connection.SendAsync(Encoding.ASCII.GetBytes(head + Chunk(beginning)), TestContext.Current.CancellationToken);
        var piece = Encoding.ASCII.GetBytes(Chunk(string.Concat(Enumerable.Repeat(more, 1 + (4096 / more.Length)))));

        // There is no end to it but the answer.
        var sent = 0L;
        while (connection.Available == 0)
        {
            sent += await connection.SendAsync(piece, TestContext.Current.CancellationToken);
        }

        var buffer = new byte[16 * 1024];
        var read = await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        var answer = Encoding.UTF8.GetString(buffer, 0, read);
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        var problem = JsonDocument.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(field, problem.TryGetProperty("field", out var name) ? name.GetString() : null);
        Assert.Equal(limit, problem.GetProperty("limit").GetInt64());
        Assert.Equal(unit, problem.GetProperty("unit").GetString());
        // What was sent beyond the limit lies in the buffers of the connection.
        Assert.InRange(sent, 1, (code == "image-too-large" ? 48L << 20 : 0) + (16L << 20));

        static string Chunk(string text) => text.Length == 0 ? "" : $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";
    }

    [Theory]
    [InlineData(",\"x\":1", "too-many-members", "x")]
    [InlineData(",\"title\":[1]", "malformed", "title")]
    public async Task LineWithTooMuch_FailsAloneAndTheNextIsRead(string more, string code, string field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var line = "{\"id\":\"a\"" + string.Concat(Enumerable.Repeat(more, 1_000)) + "}";

        using var answer = await client.PostAsync(
            "/v1/tags/batch",
            Requests.NdJson(line, Requests.Line("b", "Canal")),
            TestContext.Current.CancellationToken
        );

        var lines = (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => JsonDocument.Parse(text).RootElement)
            .ToList();
        Assert.Equal(code, lines[0].GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(field, lines[0].GetProperty("error").GetProperty("field").GetString());
        Assert.True(lines[1].TryGetProperty("result", out _));
    }

    [Theory]
    [InlineData("{\"title\":\"Canal\",\"title\":\"Lock\"}", "title")]
    [InlineData("{\"title\":\"Canal\",\"lat\":1,\"lat\":1}", "lat")]
    public async Task FieldGivenTwice_IsRefused(string json, string field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags", Requests.Json(json), TestContext.Current.CancellationToken);

        await answer.ProblemAsync(400, "malformed", field);
    }

    [Theory]
    [InlineData("{\"title\":\"Canal\"} x")]
    [InlineData("{\"title\":\"Canal\"}{}")]
    [InlineData("{\"title\":\"Canal\",}")]
    [InlineData("{'title':\"Canal\"}")]
    [InlineData("{\"title\":\"Canal\"")]
    [InlineData("{\"title\":\"Ca\u0000nal\"}")]
    [InlineData("{\"items\":[{}]}{", "/v1/tags/from-embeddings")]
    [InlineData("{\"items\":[1]}", "/v1/tags/from-embeddings")]
    [InlineData("{\"items\":[null]}", "/v1/tags/from-embeddings")]
    [InlineData("{\"items\":[[]]}", "/v1/tags/from-embeddings")]
    [InlineData("{\"items\":null}", "/v1/tags/from-embeddings")]
    [InlineData("{\"items\":[],\"items\":[]}", "/v1/tags/from-embeddings")]
    [InlineData("null", "/v1/tags/from-embeddings")]
    [InlineData("", "/v1/tags/from-embeddings")]
    public async Task BrokenJson_IsMalformedHoweverItComes(string json, string path = "/v1/tags")
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();

        foreach (var atOnce in new[] { int.MaxValue, 1, 7 })
        {
            using var content = new Pieces(Encoding.UTF8.GetBytes(json), atOnce, "application/json");
            using var answer = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
            var problem = await answer.JsonAsync();
            Assert.Equal("malformed", problem.GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task PhotoInJson_IsTheSameHoweverItIsWrittenAndComes()
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Cache:Enabled", "false"));
        using var client = await application.ReadyClientAsync();
        var photo = TestImages.Jpeg(64, 48);
        using var raw = await client.PostAsync("/v1/tags", Requests.Photo(photo), TestContext.Current.CancellationToken);
        var expected = (await raw.JsonAsync()).GetProperty("probabilities").GetRawText();
        var base64 = Convert.ToBase64String(photo);
        string[] writings =
        [
            base64,
            base64.Replace("/", "\\/", StringComparison.Ordinal),
            base64.Replace("+", "\\u002B", StringComparison.Ordinal).Replace("=", "\\u003d", StringComparison.Ordinal),
            string.Join("\\r\\n", base64.Chunk(76).Select(line => new string(line))),
        ];

        foreach (var writing in writings)
        {
            foreach (var atOnce in new[] { int.MaxValue, 1, 5 })
            {
                var json = $"{{ \"image\" :\t\"{writing}\" , \"note\": [\"{base64}\"]}}";
                using var content = new Pieces(Encoding.UTF8.GetBytes(json), atOnce, "application/json");
                using var answer = await client.PostAsync("/v1/tags", content, TestContext.Current.CancellationToken);
                Assert.Equal(expected, (await answer.JsonAsync()).GetProperty("probabilities").GetRawText());
            }
        }
    }

    [Theory]
    [InlineData("AAA")]
    [InlineData("A===")]
    [InlineData("AA==AAAA")]
    [InlineData("====")]
    [InlineData("AA A*")]
    [InlineData("AAAA\\q")]
    [InlineData("AAAA\\u00")]
    [InlineData("AAAA\\u20AC")]
    [InlineData("AAAA\u00e9")]
    public async Task ImageThatIsNotBase64_IsMalformed(string text)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags",
            Requests.Json($"{{\"image\":\"{text}\",\"title\":\"Canal\"}}"),
            TestContext.Current.CancellationToken
        );

        await answer.ProblemAsync(400, "malformed", "image");
    }

    /// <summary>A body that comes in pieces of so many bytes.</summary>
    private sealed class Pieces : HttpContent
    {
        private readonly byte[] _bytes;
        private readonly int _atOnce;

        public Pieces(byte[] bytes, int atOnce, string type)
        {
            (_bytes, _atOnce) = (bytes, atOnce);
            Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            for (var at = 0; at < _bytes.Length; )
            {
                var some = Math.Min(_atOnce, _bytes.Length - at);
                await stream.WriteAsync(_bytes.AsMemory(at, some));
                await stream.FlushAsync();
                at += some;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
