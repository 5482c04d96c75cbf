using System.Net;
using GeoTagService.Api.Hosting;
using GeoTagService.Core.Bundles;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog.Events;

namespace GeoTagService.Api.FunctionalTests.Hosting;

public sealed class HostingTests
{
    [Fact]
    public async Task Ready_OnlyAfterTheWarmUp()
    {
        await using var application = new GeoTagApplication(("GeoTag:Http:StartWait", "00:00:00"));
        using var held = new ManualResetEventSlim();
        application.Encoder.OnRun = _ => held.Wait(TestContext.Current.CancellationToken);
        using var client = application.CreateClient();

        using var live = await client.GetAsync("/health/live", TestContext.Current.CancellationToken);
        using var before = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        using var early = await client.PostAsync("/v1/tags?title=Canal", null, TestContext.Current.CancellationToken);
        held.Set();
        using var ready = await application.ReadyClientAsync();

        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        Assert.NotNull(before.Headers.RetryAfter);
        await early.ProblemAsync(503, "not-ready", null);
        Assert.NotNull(early.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task RequestDuringTheWarmUp_WaitsForItAndIsAnswered()
    {
        await using var application = new GeoTagApplication(("GeoTag:Http:StartWait", "00:05:00"));
        using var held = new ManualResetEventSlim();
        application.Encoder.OnRun = _ => held.Wait(TestContext.Current.CancellationToken);
        using var client = application.CreateClient();
        using var hasty = new HttpRequestMessage(HttpMethod.Post, "/v1/tags?title=Canal");
        hasty.Headers.Add("X-Request-Timeout", "1ms");

        using var early = await client.SendAsync(hasty, TestContext.Current.CancellationToken);
        var patient = client.PostAsync("/v1/tags?title=Canal", null, TestContext.Current.CancellationToken);
        held.Set();
        using var answer = await patient;

        await early.ProblemAsync(503, "not-ready", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Stop_AnswersWhatComesDuringTheDelayAndClosesItsConnections()
    {
        await using var application = GeoTagApplication.OnAPort(("GeoTag:Http:ShutdownDelay", "00:05:00"));
        using var client = await application.ReadyClientAsync();
        using var enough = new CancellationTokenSource();

        var stopping = application.Services.GetRequiredService<IHost>().StopAsync(enough.Token);
        using var late = await client.PostAsync("/v1/tags?title=Lock", null, TestContext.Current.CancellationToken);
        using var ready = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        using var live = await client.GetAsync("/health/live", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        Assert.True(late.Headers.ConnectionClose);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        await enough.CancelAsync();
        await Task.WhenAny(stopping);
    }

    [Fact]
    public async Task Stop_AnswersWhatWasAccepted()
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var running = new SemaphoreSlim(0);
        using var held = new ManualResetEventSlim();
        application.Encoder.OnRun = _ =>
        {
            running.Release();
            held.Wait(TestContext.Current.CancellationToken);
        };
        var accepted = client.PostAsync("/v1/tags?title=Canal", null, TestContext.Current.CancellationToken);
        await running.WaitAsync(TestContext.Current.CancellationToken);

        var stopping = application.Services.GetRequiredService<IHost>().StopAsync(TestContext.Current.CancellationToken);
        held.Set();
        using var answer = await accepted;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await stopping;
    }

    [Fact]
    public async Task ClosedGate_RefusesWorkAndTellsTheRest()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        await application.Services.GetRequiredService<DrainGate>().StoppingAsync(TestContext.Current.CancellationToken);

        using var refused = await client.PostAsync("/v1/tags?title=Lock", null, TestContext.Current.CancellationToken);
        using var model = await client.GetAsync("/v1/model", TestContext.Current.CancellationToken);

        await refused.ProblemAsync(503, "not-ready", null);
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, model.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1, 10.0.0.7", true)]
    [InlineData(null, false)]
    public async Task RequestsThroughAGateway_MakeTheStopWaitForIt(string? forwardedFor, bool waits)
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        }

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        using var enough = new CancellationTokenSource();
        var stopping = application.Services.GetRequiredService<DrainGate>().StoppingAsync(enough.Token);

        Assert.Equal(waits, !stopping.IsCompleted);
        await enough.CancelAsync();
        await stopping;
    }

    [Theory]
    [InlineData("GeoTag:MaxImageBytes", "1")]
    [InlineData("GeoTag:Http:BatchWindow", "0")]
    [InlineData("GeoTag:Http:PathBase", "geotag/")]
    [InlineData("GeoTag:Http:TrustedNetworks:0", "everywhere")]
    [InlineData("GeoTag:RateLimit:Burst", "0")]
    public async Task OptionOutOfRange_StopsTheStart(string key, string value)
    {
        var line = await WhyItDoesNotStartAsync((key, value));

        Assert.Contains("The service cannot start", line, StringComparison.Ordinal);
        Assert.Contains(key.EndsWith(":0", StringComparison.Ordinal) ? key[..^2] : key, line, StringComparison.Ordinal);
        Assert.DoesNotContain("Options", line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OptionsOfTwoSectionsOutOfRange_AreBothTold()
    {
        var line = await WhyItDoesNotStartAsync(("GeoTag:MaxImageBytes", "1"), ("GeoTag:Batching:QueueCapacity", "0"));

        Assert.Contains("GeoTag:MaxImageBytes: ", line, StringComparison.Ordinal);
        Assert.Contains("GeoTag:Batching:QueueCapacity: ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GeoTag:Batching:MaxBatchsize2", "GeoTag:Batching:MaxBatchSize")]
    [InlineData("GeoTag:Batching:MaxBatch", "GeoTag:Batching:MaxBatchSize")]
    [InlineData("GeoTag:MaxBatchSize", "GeoTag:Batching:MaxBatchSize")]
    [InlineData("GeoTag:Http:TrustedNetwork:0", "GeoTag:Http:TrustedNetworks")]
    [InlineData("GeoTag:Bundel", "GeoTag:Bundle")]
    [InlineData("GeoTag:Onnx:Acelerator", "GeoTag:Onnx:Accelerator")]
    public async Task MisspeltSetting_StopsTheStartAndIsToldTheNearest(string key, string nearest)
    {
        var line = await WhyItDoesNotStartAsync((key, "1"));

        Assert.Contains($"there is no setting {key}; {nearest} is the nearest", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GeoTag:Onnx:PackWeights", "It takes AtLoad or AfterStart.")]
    [InlineData("GeoTag:Onnx:Accelerator", "It takes Auto or Cpu or Cuda.")]
    [InlineData("GeoTag:Onnx:HugePages", "'System.Boolean'")]
    public async Task WordThatIsNone_StopsTheStartAndIsToldThoseThatAre(string key, string told)
    {
        var line = await WhyItDoesNotStartAsync((key, "sometimes"));

        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(told, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SettingsByOtherCaseAndListsOfAnyLength_AreKnown()
    {
        await using var application = new GeoTagApplication(
            ("geotag:http:uploadtimeout", "00:01:00"),
            ("GeoTag:ApiKeys:0", "a"),
            ("GeoTag:ApiKeys:1", "b")
        );

        using var client = await application.ReadyClientAsync();

        Assert.Empty(application.Log.Lines(LogEventLevel.Error));
    }

    [Fact]
    public async Task RequestLog_HoldsNeitherTitleNorPhotoNorQuery()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var query = await client.PostAsync("/v1/tags?title=Secretname", null, TestContext.Current.CancellationToken);
        using var form = await client.PostAsync(
            "/v1/tags",
            Requests.Form(TestImages.Jpeg(), ("title", "Secretname"), ("gridReference", "Secretplace")),
            TestContext.Current.CancellationToken
        );

        var lines = application.Log.Lines(LogEventLevel.Verbose);
        Assert.Contains(lines, line => line.Contains("POST /v1/tags 200", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("POST /v1/tags 422", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("Secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_SaysWhatServesAndHowToGetTheRealModel()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        // The last lines are written once the server listens, which may be after the first answer.
        await Eventually.TrueAsync(() =>
            application.Log.Lines().Any(line => line.Contains("Loaded test 1.2.3", StringComparison.Ordinal))
            && application.Log.Lines().Any(line => line.Contains("/swagger", StringComparison.Ordinal))
            && application.Log.Lines(LogEventLevel.Warning).Any(line => line.Contains(InstallationCommand.Text, StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task PathOfAGateway_IsTakenOffAndToldToTheDocument()
    {
        await using var application = new GeoTagApplication(("GeoTag:Http:PathBase", "/geotag"));
        using var client = await application.ReadyClientAsync();

        using var tags = await client.GetAsync("/geotag/v1/tags", TestContext.Current.CancellationToken);
        using var document = await client.GetAsync("/geotag/swagger/v1/swagger.json", TestContext.Current.CancellationToken);
        using var page = await client.GetAsync("/geotag/swagger/index.html", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, tags.StatusCode);
        Assert.Equal("/geotag", (await document.JsonAsync()).GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Metrics_HoldTheServiceAndTheFramework()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var tagged = await client.PostAsync("/v1/tags?title=Canal", null, TestContext.Current.CancellationToken);

        var metrics = await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.Contains("geotag_queue_wait", metrics, StringComparison.Ordinal);
        Assert.Contains("geotag_upload_buffered", metrics, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration", metrics, StringComparison.Ordinal);
    }

    /// <summary>Starts a service that cannot start, and gives the one line that it says.</summary>
    private static async Task<string> WhyItDoesNotStartAsync(params (string Key, string Value)[] settings)
    {
        await using var application = new GeoTagApplication(settings);

        Assert.ThrowsAny<Exception>(() => application.CreateClient());
        // The program's own thread says it, in its own time.
        await Eventually.TrueAsync(() => application.Log.Lines(LogEventLevel.Warning).Count > 0);

        return Assert.Single(application.Log.Lines(LogEventLevel.Warning));
    }
}
