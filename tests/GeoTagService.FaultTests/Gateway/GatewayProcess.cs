using System.Diagnostics;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests.Gateway;

/// <summary>A real nginx with the repository's configuration in front of given replicas.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    /// <summary>Why a test skips.</summary>
    public const string SkipReason = "nginx is not installed (Debian: apt-get install nginx-light)";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-gateway-");
    private readonly Process _nginx;

    private GatewayProcess(IReadOnlyList<int> replicas, bool limited)
    {
        var port = LocalMachine.FreePort();
        Address = new Uri($"http://127.0.0.1:{port}/");
        var configuration = Path.Combine(_directory.FullName, "nginx.conf");
        Write(configuration, port, replicas, limited);
        _nginx = Process.Start(
            new ProcessStartInfo(NginxPath!, ["-p", _directory.FullName, "-c", configuration, "-g", "daemon off;"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _nginx.BeginOutputReadLine();
        _nginx.BeginErrorReadLine();
    }

    /// <summary>For <c>SkipUnless</c>: whether there is a gateway.</summary>
    public static bool IsAvailable => NginxPath is not null;

    private static string? NginxPath { get; } =
        new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts nginx as <c>deploy/gateway/run-local.sh</c> does.</summary>
    /// <param name="replicas">The ports of the replicas.</param>
    /// <param name="limited">Whether its limits per address hold; all clients of a test have one address.</param>
    public static async Task<GatewayProcess> StartAsync(IReadOnlyList<int> replicas, bool limited = false)
    {
        var gateway = new GatewayProcess(replicas, limited);
        using var client = new HttpClient { BaseAddress = gateway.Address };
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(gateway._nginx.HasExited, "nginx does not take the configuration");
            try
            {
                using var answer = await client.GetAsync("metrics", TestContext.Current.CancellationToken);
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return gateway;
    }

    public async ValueTask DisposeAsync()
    {
        _nginx.Kill(entireProcessTree: true);
        await _nginx.WaitForExitAsync(CancellationToken.None);
        _nginx.Dispose();
        _directory.Delete(recursive: true);
    }

    private void Write(string configuration, int port, IReadOnlyList<int> replicas, bool limited)
    {
        var source = Path.Combine(ReferenceData.RepositoryRoot, "deploy", "gateway");
        if (!OperatingSystem.IsWindows())
        {
            // nginx started by root works as another user.
            _directory.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        }

        var included = Directory.CreateDirectory(Path.Combine(_directory.FullName, "geotag")).FullName;
        File.Copy(Path.Combine(source, "proxy.conf"), Path.Combine(included, "proxy.conf"));
        // The list of replicas is run-local.sh's own, so that it is what is tested.
        var script = File.ReadAllText(Path.Combine(source, "run-local.sh"));
        Assert.Contains("max_fails=3 fail_timeout=1s;", script, StringComparison.Ordinal);
        Assert.Contains("keepalive_timeout 2s;", script, StringComparison.Ordinal);
        var servers = string.Concat(replicas.Select(replica => $"server 127.0.0.1:{replica} max_fails=3 fail_timeout=1s;\n"));
        File.WriteAllText(
            Path.Combine(included, "upstream.conf"),
            $"upstream geotag {{ zone geotag 256k; least_conn;\n{servers}keepalive 64; keepalive_timeout 2s; }}\n"
        );
        var text = File.ReadAllText(Path.Combine(source, "nginx.conf"))
            .Replace("listen 8080;", $"listen 127.0.0.1:{port};", StringComparison.Ordinal)
            .Replace("/tmp/geotag-gateway", $"{_directory.FullName}/gateway", StringComparison.Ordinal);
        File.WriteAllText(configuration, limited ? text : text.Replace("rate=50r/s", "rate=10000r/s", StringComparison.Ordinal));
    }
}
