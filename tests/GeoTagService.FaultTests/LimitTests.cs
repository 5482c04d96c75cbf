using System.Diagnostics;
using GeoTagService.FaultTests.Gateway;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>A machine that has too little of something.</summary>
public sealed class LimitTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FullDisk_IsNoneOfTheServicesBusiness()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "only root can mount a small disk");
        var directory = Directory.CreateTempSubdirectory("geotag-full-").FullName;
        var isMounted = await RunAsync("mount", "-t", "tmpfs", "-o", "size=64k", "geotag-full", directory) == 0;
        try
        {
            Assert.SkipUnless(isMounted, "a small disk cannot be mounted here");
            Assert.Throws<IOException>(() => File.WriteAllBytes(Path.Combine(directory, "all"), new byte[128 * 1024]));
            await using var service = await ServiceProcess
                .Start(new Dictionary<string, string> { ["TMPDIR"] = directory, ["HOME"] = directory })
                .ReadyAsync();
            await using var traffic = await Traffic.StartAsync(service.Address, clients: 4);

            await traffic.MoreAsync(30);
            using var client = new HttpClient { BaseAddress = service.Address, Timeout = Eventually.Ceiling };
            // Larger than anything that is kept in memory by others' habits.
            using var large = new ByteArrayContent([.. TestImages.Jpeg(), .. new byte[8 * 1024 * 1024]]);
            large.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("image/jpeg");
            using var answer = await client.PostAsync("v1/tags", large, Token);
            await traffic.EndAsync();

            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
            Assert.Empty(traffic.Failed);
        }
        finally
        {
            if (isMounted)
            {
                await RunAsync("umount", directory);
            }

            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
