using System.Diagnostics;
using GeoTagService.FaultTests.Gateway;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>The cache that replicas share goes away and comes back.</summary>
public sealed class RedisTests
{
    [Fact]
    public async Task RedisThatGoesAndComesBack_ChangesNoAnswer()
    {
        var program = LocalMachine.FindProgram("redis-server");
        Assert.SkipWhen(program is null, "redis-server is not installed");
        var port = LocalMachine.FreePort();
        var redis = Start();
        try
        {
            await using var service = await ServiceProcess
                .Start(new Dictionary<string, string>(), $"--GeoTag:Cache:Redis=127.0.0.1:{port}", "--GeoTag:Cache:MaxBytes=65536")
                .ReadyAsync();
            await using var traffic = await Traffic.StartAsync(service.Address, clients: 4);
            await traffic.MoreAsync(20);
            for (var i = 0; i < 2; i++)
            {
                redis.Kill();
                await redis.WaitForExitAsync(TestContext.Current.CancellationToken);
                redis.Dispose();
                await traffic.MoreAsync(20);
                redis = Start();
                await traffic.MoreAsync(20);
            }

            await traffic.EndAsync();
            Assert.Empty(traffic.Failed);
        }
        finally
        {
            redis.Kill();
            redis.Dispose();
        }

        Process Start() =>
            Process.Start(
                new ProcessStartInfo(
                    program!,
                    ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()]
                )
                {
                    RedirectStandardOutput = true,
                }
            )!;
    }
}
