using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Hosting;

/// <summary>Answers that go out packed.</summary>
public sealed class AnswerCompressionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/model", "br")]
    [InlineData("/v1/model", "gzip")]
    [InlineData("/v1/tags", "gzip, deflate, br, zstd")]
    [InlineData("/swagger/v1/swagger.json", "gzip")]
    [InlineData("/app.js", "br")]
    [InlineData("/", "br;q=0, gzip")]
    public async Task LongAnswer_IsPackedAsAsked_AndHoldsTheSame(string path, string accepted)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        var plain = await client.GetByteArrayAsync(path, Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);

        using var answer = await client.SendAsync(request, Token);
        var packed = await answer.Content.ReadAsByteArrayAsync(Token);

        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        Assert.True(packed.Length < plain.Length, $"{packed.Length} of {plain.Length}");
        Assert.Equal(plain, await UnpackAsync(Assert.Single(answer.Content.Headers.ContentEncoding), new MemoryStream(packed)));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/v2/health/live")]
    [InlineData("/nothing")]
    [InlineData("/samples/church.webp")]
    public async Task ShortAnswer_AndWhatIsPackedAlready_IsSentAsItIs(string path)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "br, gzip");

        using var answer = await client.SendAsync(request, Token);

        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task Batch_IsPackedLineByLine_AndComesAsItIsDone()
    {
        // Over HTTP/2, where a client reads while it sends.
        var (port, http2) = (LocalMachine.FreePort(), LocalMachine.FreePort());
        await using var application = GeoTagApplication.OnItsUrls(
            ("urls", $"http://127.0.0.1:{port}"),
            ("GeoTag:Listen:Http2", $"http://127.0.0.1:{http2}")
        );
        using var client = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{http2}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var answered = new TaskCompletionSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags/batch")
        {
            Content = new LineThenSilence(Requests.Line("a", "Canal lock") + "\n", answered.Task),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        await using var stream = new GZipStream(await answer.Content.ReadAsStreamAsync(Token), CompressionMode.Decompress);
        using var lines = new StreamReader(stream);
        // The first answer is here while nothing says that no more items come.
        var first = await lines.ReadLineAsync(Token);
        answered.SetResult();
        var end = await lines.ReadLineAsync(Token);

        Assert.Equal("a", JsonDocument.Parse(first!).RootElement.GetProperty("id").GetString());
        Assert.Equal(1, JsonDocument.Parse(end!).RootElement.GetProperty("totals").GetProperty("tagged").GetInt32());
    }

    private static async Task<byte[]> UnpackAsync(string encoding, Stream packed)
    {
        await using Stream stream =
            encoding == "br" ? new BrotliStream(packed, CompressionMode.Decompress) : new GZipStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        await stream.CopyToAsync(plain, Token);
        return plain.ToArray();
    }

    /// <summary>Sends a line at once, and ends when it is told to.</summary>
    private sealed class LineThenSilence : HttpContent
    {
        private readonly string _line;
        private readonly Task _end;

        public LineThenSilence(string line, Task end)
        {
            (_line, _end) = (line, end);
            Headers.ContentType = new("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_line));
            await stream.FlushAsync();
            await _end;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
