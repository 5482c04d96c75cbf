using System.Globalization;
using System.Net;
using GeoTagService.FaultTests.Gateway;

namespace GeoTagService.FaultTests.Engine;

/// <summary>The engine of a real process runs out of memory: for large batches, for a while, for good.</summary>
public sealed class EngineFaultTests
{
    private const string SkipReason =
        "there is no C compiler for a library that lets allocations fail (Linux; Debian: apt-get install gcc libc6-dev)";

    /// <summary>Smaller than any tensor that grows with photos.</summary>
    private const int AnyTensor = 2048;

    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool IsAvailable => ScarceMemory.Compiler is not null;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task MemoryForOnePhotoButNotForMore_HalvesBatchesAndAnswersEveryItem()
    {
        using var memory = new ScarceMemory();
        await using var service = await StartAsync(memory);
        using var client = Client(service);
        var largest = await LargestFailingAsync(memory, client);
        await Eventually.TrueAsync(async () => await StatusAsync(client, "health/ready") == HttpStatusCode.OK);
        await using var traffic = await Traffic.StartAsync(service.Address, clients: 12);

        await traffic.MoreAsync(20);
        memory.Fail(largest);
        await traffic.MoreAsync(60);
        var failed = memory.Failed;
        memory.Relent();
        await traffic.MoreAsync(20);
        await traffic.EndAsync();

        Assert.NotEqual(0, failed);
        Assert.Empty(traffic.Failed);
        Assert.Contains(service.Lines, line => line.Contains("it is split to find the bad one", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "health/ready"));
    }

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task NoMemoryForAWhile_FailsWhatWasInHandAndTheProbeThenServesAgain()
    {
        using var memory = new ScarceMemory();
        await using var service = await StartAsync(memory);
        using var client = Client(service);
        await using var traffic = await Traffic.StartAsync(service.Address, clients: 4);

        await traffic.MoreAsync(20);
        memory.Fail(AnyTensor);
        await Eventually.TrueAsync(async () => await StatusAsync(client, "health/ready") == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "health/live"));
        memory.Relent();
        await Eventually.TrueAsync(async () => await StatusAsync(client, "health/ready") == HttpStatusCode.OK);
        var before = traffic.Requests.Count;
        await traffic.MoreAsync(40);
        await traffic.EndAsync();

        // What failed says so, and is told apart: the engine's fault, or no engine to ask.
        Assert.NotEmpty(traffic.Failed);
        Assert.All(traffic.Failed, request => Assert.Matches("^50[03]: ", request.Fault));
        // Those under way when it became ready may still have met the fault.
        Assert.DoesNotContain(traffic.Requests.Skip(before + 4), request => request.Fault is not null);
        Assert.False(service.Process.HasExited);
    }

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task NoMemoryForGood_EndsTheProcessWithTheCodeThatSaysIt()
    {
        using var memory = new ScarceMemory();
        await using var service = await StartAsync(memory);
        await using var traffic = await Traffic.StartAsync(service.Address, clients: 2);

        await traffic.MoreAsync(10);
        memory.Fail(AnyTensor);

        Assert.Equal(3, await service.ExitAsync());
        Assert.Contains(service.Lines, line => line.Contains("The encoder is lost, and the process ends", StringComparison.Ordinal));
        Assert.All(traffic.Failed, request => Assert.DoesNotMatch("^answered", request.Fault));
    }

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task NoMemoryAtTheStart_EndsTheProcessWithAReason()
    {
        using var memory = new ScarceMemory();
        memory.Fail(AnyTensor);
        await using var service = ServiceProcess.Start(memory.Environment, "--GeoTag:Onnx:MemoryArena=false");

        Assert.NotEqual(0, await service.ExitAsync());
        Assert.NotEqual(0, memory.Failed);
        Assert.NotEmpty(service.Lines);
    }

    // Without the arena every tensor of every run is asked for anew.
    private static Task<ServiceProcess> StartAsync(ScarceMemory memory) =>
        ServiceProcess.Start(memory.Environment, "--GeoTag:Onnx:MemoryArena=false", "--GeoTag:Cache:Enabled=false").ReadyAsync();

    /// <summary>The size of allocations from which on a photo alone still gets its answer: found from above.</summary>
    private static async Task<long> LargestFailingAsync(ScarceMemory memory, HttpClient client)
    {
        var size = 1L << 24;
        while (size > AnyTensor)
        {
            memory.Fail(size / 2);
            using var photo = new ByteArrayContent(GeoTagService.Testing.TestImages.Jpeg(300, 200, (int)(size % 7919)));
            photo.Headers.ContentType = new("image/jpeg");
            using var answer = await client.PostAsync("v1/tags", photo, Token);
            memory.Relent();
            // That an allocation failed is not enough: it may have been one of sessions that open beside the photo.
            if (!answer.IsSuccessStatusCode)
            {
                return size;
            }

            size /= 2;
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"no allocation failed of {memory.Asked}"));
    }

    private static HttpClient Client(ServiceProcess service) => new() { BaseAddress = service.Address, Timeout = Eventually.Ceiling };

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient client, string path)
    {
        try
        {
            using var answer = await client.GetAsync(path, Token);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
