using System.Net;
using GeoTagService.Core.Bundles;
using GeoTagService.FaultTests;
using GeoTagService.NullCuda;
using GeoTagService.Testing;

namespace GeoTagService.Cuda.Tests;

/// <summary>The service itself on the null card, as a process: what probes, log and exit code say when the card fails.</summary>
[Collection(NullCardTests.Name)]
public sealed class CudaServiceTests(NullCardFixture fixture)
{
    private const int CannotServe = 3;

    /// <summary>The embedded bundle with a photo tower without convolutions: cuDNN plans these, and the null card's cuDNN has no
    /// plans.</summary>
    private static readonly Lazy<BundleCopy> Served = new(() =>
    {
        var quick = Onnx.Tests.MemoryBundle.Quick();
        var copy = new BundleCopy();
        var tower = quick.Manifest.Encoders.Single(encoder => encoder.Tower == EncoderTower.Vision).File;
        copy.ReplaceConsistently(tower, quick.ReadAllBytes(tower));
        return copy;
    });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CardThatIsLost_FailsBothProbesAndEndsTheProcess()
    {
        using var card = NewCard();
        await using var service = Start(card, "cuda", "--GeoTag:Http:ShutdownDelay=00:00:02");
        await service.ReadyAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        Assert.Contains("\"executionProvider\":\"cuda\"", await client.GetStringAsync("v1/model", Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await TagAsync(client, "a canal in winter"));
        card[NullCardField.FailLaunch] = 5;

        var answer = await TagAsync(client, "a lock on the canal");

        // Another replica may answer it, so that it is no 500.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer);
        await Eventually.TrueAsync(() => service.Lines.Any(line => line.Contains("The encoder is lost", StringComparison.Ordinal)));
        using var ready = await client.GetAsync("health/ready", Token);
        using var live = await client.GetAsync("health/live", Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable), (ready.StatusCode, live.StatusCode));
        Assert.Contains("illegal memory access", await ready.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(CannotServe, await service.ExitAsync());
    }

    [Fact]
    public async Task AnswersThatAreNoNumbers_AreNotServed_UntilTheyAreAgain()
    {
        using var card = NewCard();
        await using var service = Start(card, "cuda");
        await service.ReadyAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        card[NullCardField.GivesNaN] = 1;

        Assert.Equal(HttpStatusCode.InternalServerError, await TagAsync(client, "a canal in winter"));
        await Eventually.TrueAsync(async () => await StatusAsync(client, "health/ready") == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "health/live"));
        card[NullCardField.GivesNaN] = 0;

        await Eventually.TrueAsync(async () => await StatusAsync(client, "health/ready") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, await TagAsync(client, "a canal in winter"));
        service.Stop();
        Assert.Equal(0, await service.ExitAsync());
    }

    [Fact]
    public async Task AnswersThatStayNoNumbers_EndTheProcess()
    {
        using var card = NewCard();
        await using var service = Start(card, "cuda");
        await service.ReadyAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        card[NullCardField.GivesNaN] = 1;

        Assert.Equal(HttpStatusCode.InternalServerError, await TagAsync(client, "a canal in winter"));

        Assert.Equal(CannotServe, await service.ExitAsync());
    }

    [Fact]
    public async Task WithoutCudnn_CudaDoesNotStart()
    {
        using var card = NewCard();
        await using var service = StartWith(WithoutCudnn(), card, "cuda");

        Assert.Equal(CannotServe, await service.ExitAsync());

        Assert.Contains(
            service.Lines,
            line => line.Contains("libcudnn.so.9 cannot be opened; cuDNN 9 is needed", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(service.Lines, line => line.Contains("Open at", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutCudnn_AutoServesFromTheCpuAndSaysSoOnce()
    {
        using var card = NewCard();
        await using var service = StartWith(WithoutCudnn(), card, "auto");

        await service.ReadyAsync();

        Assert.Single(service.Lines, line => line.Contains("libcudnn.so.9 cannot be opened", StringComparison.Ordinal));
        using var client = new HttpClient { BaseAddress = service.Address };
        Assert.Contains("\"executionProvider\":\"cpu\"", await client.GetStringAsync("v1/model", Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WarmUpThatDoesNotFit_EndsTheProcessWithTheReason()
    {
        using var card = NewCard();
        // Enough for the trial of 64, too little for the warm-up of 256.
        await using var service = Start(card, "cuda", "--GeoTag:Batching:MaxBatchSize=256", "--GeoTag:Onnx:CardMemory=200");

        Assert.Equal(CannotServe, await service.ExitAsync());

        Assert.Contains(service.Lines, line => line.Contains("\"Reason\":\"the first run of 256 photos failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LinesOfOnnxRuntime_AreLinesOfTheLog()
    {
        using var card = NewCard();
        await using var service = Start(card, "cuda");
        await service.ReadyAsync();
        card[NullCardField.FailLaunch] = 1;
        using var client = new HttpClient { BaseAddress = service.Address };

        await TagAsync(client, "a canal in winter");
        await service.ExitAsync();

        Assert.Contains(service.Lines, line => line.Contains("ONNX Runtime: {Line}", StringComparison.Ordinal));
        Assert.All(service.Lines.Where(line => line.Length > 0), line => Assert.StartsWith("{\"@t\":", line, StringComparison.Ordinal));
    }

    private static async Task<HttpStatusCode> TagAsync(HttpClient client, string title)
    {
        using var answer = await client.PostAsync("v1/tags", new MultipartFormDataContent { { new StringContent(title), "title" } }, Token);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Token);
        return answer.StatusCode;
    }

    private NullCard NewCard()
    {
        fixture.Take();
        var card = new NullCard(Path.Combine(fixture.Folder, $"{Guid.NewGuid():N}.state"));
        card[NullCardField.EmbeddingBytes] = BundleReader.OpenEmbedded().Manifest.Geometry.EmbeddingDimension * sizeof(float);
        return card;
    }

    private ServiceProcess Start(NullCard card, string accelerator, params string[] settings) =>
        StartWith(fixture.Folder, card, accelerator, settings);

    private static ServiceProcess StartWith(string libraries, NullCard card, string accelerator, params string[] settings) =>
        ServiceProcess.Start(
            new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = libraries, [NullCard.Variable] = card.Path },
            [$"--GeoTag:Bundle={Served.Value.Directory}", $"--GeoTag:Onnx:Accelerator={accelerator}", .. settings]
        );

    private string WithoutCudnn()
    {
        var folder = Directory.CreateDirectory(Path.Combine(fixture.Folder, "without-cudnn"));
        foreach (
            var library in Directory
                .EnumerateFiles(fixture.Folder, "*.so*")
                .Where(path => Path.GetFileName(path) != NullCardLibraries.Cudnn)
        )
        {
            File.Copy(library, Path.Combine(folder.FullName, Path.GetFileName(library)), overwrite: true);
        }

        return folder.FullName;
    }
}
