using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace GeoTagService.DeployTests.Gateway;

/// <summary>HTTPS by certificate files, as <c>deploy/compose/tls.yml</c> mounts them, with a real nginx.</summary>
public sealed class GatewayTlsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-tls-");

    public static bool HasNginx => OperatingSystem.IsLinux() && NginxPath is not null;

    private static string? NginxPath { get; } =
        new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact(SkipUnless = nameof(HasNginx), Skip = "nginx is not installed (Debian: apt-get install nginx-light)")]
    public async Task CertificateFiles_GiveHttps_AndTheServiceIsTold()
    {
        var (replica, plain, secure) = (LocalMachine.FreePort(), LocalMachine.FreePort(), LocalMachine.FreePort());
        await using var service = await StartServiceAsync(replica);
        using var certificate = WriteCertificate();
        WriteConfiguration(replica, plain, secure);
        using var nginx = Process.Start(
            new ProcessStartInfo(
                NginxPath!,
                ["-p", _directory.FullName, "-c", Path.Combine(_directory.FullName, "nginx.conf"), "-g", "daemon off;"]
            )
        )!;
        try
        {
            using var handler = new HttpClientHandler
            {
                ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == certificate.Thumbprint,
            };
            using var client = new HttpClient(handler);
            using var answer = await AskAsync(client, nginx, new Uri($"https://127.0.0.1:{secure}/v1/anything"));
            using var unsecured = await AskAsync(client, nginx, new Uri($"http://127.0.0.1:{plain}/v1/anything"));

            Assert.Equal("https", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(HttpVersion.Version20, answer.Version);
            Assert.Equal("http", await unsecured.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<WebApplication> StartServiceAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var service = builder.Build();
        service.Run(context => context.Response.WriteAsync(context.Request.Headers["X-Forwarded-Proto"].ToString()));
        await service.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, Process nginx, Uri address)
    {
        while (true)
        {
            Assert.False(nginx.HasExited, "nginx does not take the configuration");
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version20 };
                return await client.SendAsync(request, TestContext.Current.CancellationToken);
            }
            catch (HttpRequestException fault) when (fault.HttpRequestError == HttpRequestError.ConnectionError)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
        }
    }

    private X509Certificate2 WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var folder = Directory.CreateDirectory(Path.Combine(_directory.FullName, "geotag", "tls")).FullName;
        File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }

    private void WriteConfiguration(int replica, int plain, int secure)
    {
        var source = RepositoryFile.PathOf("deploy", "gateway");
        var included = Path.Combine(_directory.FullName, "geotag");
        if (!OperatingSystem.IsWindows())
        {
            // nginx started by root works as another user.
            _directory.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        }

        File.Copy(Path.Combine(source, "proxy.conf"), Path.Combine(included, "proxy.conf"));
        File.WriteAllText(Path.Combine(included, "upstream.conf"), $"upstream geotag {{ server 127.0.0.1:{replica}; }}\n");
        File.WriteAllText(
            Path.Combine(included, "tls.conf"),
            File.ReadAllText(Path.Combine(source, "tls.conf"))
                .Replace("listen 8443 ", $"listen 127.0.0.1:{secure} ", StringComparison.Ordinal)
        );
        File.WriteAllText(
            Path.Combine(_directory.FullName, "nginx.conf"),
            File.ReadAllText(Path.Combine(source, "nginx.conf"))
                .Replace("listen 8080;", $"listen 127.0.0.1:{plain};", StringComparison.Ordinal)
                .Replace("/tmp/geotag-gateway", $"{_directory.FullName}/gateway", StringComparison.Ordinal)
        );
    }
}
