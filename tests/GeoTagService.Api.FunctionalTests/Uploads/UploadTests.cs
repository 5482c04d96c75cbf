using System.Net;
using System.Net.Sockets;
using System.Text;
using GeoTagService.Api.Uploads;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Api.FunctionalTests.Uploads;

/// <summary>Uploads over a real connection.</summary>
public sealed class UploadTests
{
    private const int Megabyte = 1024 * 1024;
    private static readonly byte[] Photo = TestImages.Jpeg();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task ThirtyMegabytes_AreTooLargeAndTheLimitIsNamed(bool form, bool chunked)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using HttpContent body = form ? Requests.Form(new byte[30 * Megabyte]) : Requests.Photo(new byte[30 * Megabyte]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags") { Content = body };
        request.Headers.TransferEncodingChunked = chunked;

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        var problem = await answer.ProblemAsync(413, "image-too-large", "image");
        Assert.Equal(20 * Megabyte, problem.GetProperty("limit").GetInt64());
        Assert.Equal("bytes", problem.GetProperty("unit").GetString());
        await AssertServesAsync(client);
        await NothingIsHeldAsync(application);
    }

    [Fact]
    public async Task ClientThatHangsUp_CostsNoInferenceAndAtMostOneLine()
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Cache:Enabled", "false"));
        using var client = await application.ReadyClientAsync();
        var runs = application.Encoder.ImageBatches.Count;
        var lines = 0;

        foreach (var abrupt in new[] { true, false })
        {
            using (var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            {
                await connection.ConnectAsync("127.0.0.1", client.BaseAddress!.Port, TestContext.Current.CancellationToken);
                var head =
                    $"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: {Photo.Length}\r\n\r\n";
                await connection.SendAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
                await connection.SendAsync(Photo.AsMemory(0, Photo.Length / 2), TestContext.Current.CancellationToken);
                await Eventually.TrueAsync(() => application.Services.GetRequiredService<UploadBudget>().TakenBytes > 0);
                if (abrupt)
                {
                    connection.LingerState = new LingerOption(true, 0);
                }
            }

            await Eventually.TrueAsync(() => Uploads() > lines);
            await NothingIsHeldAsync(application);
            await AssertServesAsync(client);
            // The line of the upload and that of the request which works; the latter may be written after its answer.
            await Eventually.TrueAsync(() => Uploads() >= lines + 2);
            Assert.Equal(lines + 2, Uploads());
            Assert.Equal(++runs, application.Encoder.ImageBatches.Count);
            lines += 2;
        }

        Assert.DoesNotContain(application.Log.Events, entry => entry.Exception is not null);
        int Uploads() => application.Log.Lines().Count(line => line.Contains("POST /v1/tags", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ServersComplaintAboutALostConnection_IsNotLogged_OtherErrorsAre()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var server = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Microsoft.AspNetCore.Server.Kestrel");
        var fault = new InvalidOperationException("Reading is already in progress.");

        server.Log(LogLevel.Error, new EventId(67, "RequestBodyDrainBodyReaderInvalidState"), "complaint", fault, (state, _) => state);
        server.Log(LogLevel.Error, new EventId(13, "ApplicationError"), "error", fault, (state, _) => state);

        var logged = Assert.Single(application.Log.Events, entry => entry.Exception is not null);
        Assert.Equal("error", logged.RenderMessage());
    }

    [Fact]
    public async Task SlowUpload_TimesOut()
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Http:UploadTimeout", "00:00:01"));
        using var client = await application.ReadyClientAsync();
        using var connection = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await connection.ConnectAsync("127.0.0.1", client.BaseAddress!.Port, TestContext.Current.CancellationToken);
        await connection.SendAsync(
            "POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 1000\r\n\r\nabc"u8.ToArray(),
            TestContext.Current.CancellationToken
        );
        var answer = new byte[4096];
        var read = await connection.ReceiveAsync(answer, TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 408", Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
        await AssertServesAsync(client);
    }

    [Fact]
    public async Task ManyLargeUploadsAtOnce_StayWithinTheirMemory()
    {
        const long Budget = 32L * Megabyte;
        await using var application = GeoTagApplication.OnAPort(
            ("GeoTag:Http:MaxBufferedUploadBytes", Budget.ToString()),
            ("GeoTag:Http:UploadWait", "00:05:00"),
            ("GeoTag:Batching:QueueCapacity", "1000"),
            ("GeoTag:Batching:MaxWait", "00:05:00")
        );
        using var client = await application.ReadyClientAsync();
        var budget = application.Services.GetRequiredService<UploadBudget>();
        // A photo with a tail of zeros: decoders stop at the end of the picture.
        byte[] large = [.. Photo, .. new byte[(8 * Megabyte) - Photo.Length]];
        var most = 0L;
        application.Encoder.OnRun = _ => most = Math.Max(most, budget.TakenBytes);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 24)
                .Select(async _ =>
                {
                    using var answer = await client.PostAsync("/v1/tags", Requests.Photo(large), TestContext.Current.CancellationToken);
                    return answer.StatusCode;
                })
        );

        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.InRange(most, 8 * Megabyte, Budget);
        await NothingIsHeldAsync(application);
    }

    [Fact]
    public async Task UploadWithoutRoom_IsRefusedAfterItsWait()
    {
        await using var application = GeoTagApplication.OnAPort(
            ("GeoTag:Http:MaxBufferedUploadBytes", (32 * Megabyte).ToString()),
            ("GeoTag:Http:UploadWait", "00:00:00.05"),
            ("GeoTag:Http:MaxUploadSharePercent", "100")
        );
        using var client = await application.ReadyClientAsync();
        var budget = application.Services.GetRequiredService<UploadBudget>();
        var taken = budget.Open(null, "somebody else", 32 * Megabyte);
        Assert.Null(await taken.TakeAsync(32 * Megabyte, TestContext.Current.CancellationToken));

        using var refused = await client.PostAsync("/v1/tags", Requests.Photo(new byte[Megabyte]), TestContext.Current.CancellationToken);
        taken.Dispose();

        await refused.ProblemAsync(503, "overloaded", null);
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        await AssertServesAsync(client);
    }

    /// <summary>Waits until uploads hold no memory: they give theirs back when the request ends, which is after its answer.</summary>
    private static Task NothingIsHeldAsync(GeoTagApplication application) =>
        Eventually.TrueAsync(() => application.Services.GetRequiredService<UploadBudget>().TakenBytes == 0);

    private static async Task AssertServesAsync(HttpClient client)
    {
        using var answer = await client.PostAsync("/v1/tags", Requests.Photo(Photo), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
