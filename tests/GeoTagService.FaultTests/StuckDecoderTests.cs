using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using GeoTagService.FaultTests.Gateway;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>Decoder processes that stand still, as on a machine that swaps or behind a debugger, and decoder processes that are
/// killed.</summary>
public sealed class StuckDecoderTests
{
    private const int StopSignal = 19,
        KillSignal = 9;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StopSignal)]
    [InlineData(KillSignal)]
    public async Task StoppedDecoders_AreReplacedAndHoldNobodyUp(int signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "children are found in /proc");
        await using var service = await ServiceProcess
            .Start(new Dictionary<string, string>(), "--GeoTag:Cache:Enabled=false", "--GeoTag:Decoding:TimeBudget=00:00:03")
            .ReadyAsync();
        using var client = new HttpClient { BaseAddress = service.Address, Timeout = Eventually.Ceiling };
        var photo = TestImages.Png(200, 150);
        using (var first = await SendAsync(client, photo))
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        }

        await using var others = await Traffic.StartAsync(service.Address, clients: 2);
        var decoders = ChildrenOf(service.Process.Id);
        Assert.NotEmpty(decoders);
        decoders.ForEach(decoder => ServiceProcess.Signal(decoder, signal));
        var waiting = Enumerable.Range(0, 4).Select(_ => SendAsync(client, photo)).ToList();
        await others.MoreAsync(10);

        foreach (var answer in await Task.WhenAll(waiting))
        {
            // Decoded by the next process, or told that it took too long: never kept waiting for ever.
            Assert.Contains(
                answer.StatusCode,
                new[] { HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity, HttpStatusCode.ServiceUnavailable }
            );
            answer.Dispose();
        }

        await Eventually.TrueAsync(async () =>
        {
            using var again = await SendAsync(client, photo);
            return again.StatusCode == HttpStatusCode.OK;
        });
        await others.EndAsync();
        // A machine that is slow by itself may refuse for want of room; nothing may be wrong or lost.
        Assert.DoesNotContain(others.Failed, failed => !failed.Fault!.StartsWith("503", StringComparison.Ordinal));
        Assert.DoesNotContain(ChildrenOf(service.Process.Id), decoders.Contains);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, byte[] photo)
    {
        var content = new ByteArrayContent(photo);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        return client.PostAsync("v1/tags", content, Token);
    }

    private static List<int> ChildrenOf(int process) =>
        [
            .. Directory
                .EnumerateDirectories($"/proc/{process}/task")
                .SelectMany(thread => File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture)),
        ];
}
