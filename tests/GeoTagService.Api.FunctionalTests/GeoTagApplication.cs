using System.Net;
using System.Text.Json;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serilog.Core;

namespace GeoTagService.Api.FunctionalTests;

/// <summary>The whole service over a fake engine; in memory, or on a real port of the loopback interface.</summary>
internal sealed class GeoTagApplication : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string> _settings;

    public GeoTagApplication(params (string Key, string Value)[] settings)
    {
        _settings = settings.ToDictionary(setting => setting.Key, setting => setting.Value);
    }

    public FakeClipEncoder Encoder { get; } = new();

    public CollectedLog Log { get; } = new();

    /// <summary>Listens on a free port instead of in memory.</summary>
    public static GeoTagApplication OnAPort(params (string Key, string Value)[] settings)
    {
        var application = new GeoTagApplication(settings);
        application.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        application.StartServer();
        return application;
    }

    /// <summary>Listens where its settings say.</summary>
    public static GeoTagApplication OnItsUrls(params (string Key, string Value)[] settings)
    {
        var application = new GeoTagApplication(settings);
        application.UseKestrel();
        application.StartServer();
        return application;
    }

    /// <summary>A client of the service, once the service is ready.</summary>
    public async Task<HttpClient> ReadyClientAsync()
    {
        var client = CreateClient();
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        });
        return client;
    }

    /// <summary>Whether its bundle has a location encoder.</summary>
    public bool WithPlaces { get; init; } = true;

    /// <summary>Whether its bundle has a head that takes the prior of places, too.</summary>
    public bool WithPlacePrior { get; init; }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureTestServices(services =>
        {
            services.RemoveAll<LocatedBundle>();
            services.RemoveAll<Bundle>();
            services.AddSingleton<Bundle>(new TestBundle(Encoder.Geometry, WithPlaces, WithPlacePrior));
            services.RemoveAll<IClipEngine>();
            services.AddSingleton<IClipEngine>(new FakeClipEngine(Encoder));
            services.AddSingleton<ILogEventSink>(Log);
        });
    }
}

/// <summary>Waits for what another thread is about to do.</summary>
internal static class Eventually
{
    /// <summary>A ceiling against hanging for ever, far above what any machine needs.</summary>
    private static readonly TimeSpan Ceiling = TimeSpan.FromMinutes(1);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var ceiling = new CancellationTokenSource(Ceiling);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ceiling.Token, TestContext.Current.CancellationToken);
        while (!await condition())
        {
            await Task.Delay(5, either.Token);
        }
    }
}

/// <summary>What tests ask of answers.</summary>
internal static class Answers
{
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage answer)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var document = await JsonDocument.ParseAsync(body, cancellationToken: TestContext.Current.CancellationToken);
        return document.RootElement.Clone();
    }

    /// <summary>Checks that an answer is a complete problem document, and returns it.</summary>
    public static async Task<JsonElement> ProblemAsync(this HttpResponseMessage answer, int status, string code, string? field)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode == status, $"{(int)answer.StatusCode} instead of {status}: {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"urn:geotag:problem:{code}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.Equal(field, problem.TryGetProperty("field", out var name) ? name.GetString() : null);
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(".cs", text, StringComparison.Ordinal);
        return problem.Clone();
    }
}
