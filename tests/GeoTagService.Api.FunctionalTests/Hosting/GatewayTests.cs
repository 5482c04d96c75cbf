using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Hosting;

/// <summary>The service behind a real nginx, under a path, as <c>deploy/gateway/prefix.conf</c> puts it there.</summary>
public sealed partial class GatewayTests : IAsyncLifetime
{
    /// <summary>Why a test skips.</summary>
    public const string SkipReason = "nginx is not installed (Debian: apt-get install nginx-light)";

    private const string Prefix = "/geotag/";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-gateway-");
    private readonly GeoTagApplication _application = GeoTagApplication.OnAPort(("GeoTag:Http:ShutdownDelay", "00:00:00"));
    private Process? _nginx;
    private HttpClient _client = new();

    /// <summary>For <c>SkipUnless</c>: whether there is a gateway.</summary>
    public static bool IsAvailable => NginxPath is not null;

    private static string? NginxPath { get; } =
        new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx" }.FirstOrDefault(File.Exists);

    public async ValueTask InitializeAsync()
    {
        if (!IsAvailable)
        {
            return;
        }

        using var service = await _application.ReadyClientAsync();
        var port = LocalMachine.FreePort();
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        WriteConfiguration(port, service.BaseAddress!.Port);
        _nginx = Process.Start(
            new ProcessStartInfo(
                NginxPath!,
                ["-p", _directory.FullName, "-c", Path.Combine(_directory.FullName, "nginx.conf"), "-g", "daemon off;"]
            )
        )!;
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(_nginx.HasExited, "nginx does not take the configuration");
            try
            {
                using var answer = await _client.GetAsync(Prefix + "health/live", TestContext.Current.CancellationToken);
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            _nginx.Kill(entireProcessTree: true);
            await _nginx.WaitForExitAsync(CancellationToken.None);
            _nginx.Dispose();
        }

        _client.Dispose();
        await _application.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task Page_FindsEverythingUnderThePath()
    {
        using var page = await _client.GetAsync("/geotag", TestContext.Current.CancellationToken);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var seen = new HashSet<Uri>();
        var links = new Queue<Uri>(
            Link().Matches(html).Select(match => new Uri(page.RequestMessage!.RequestUri!, match.Groups["to"].Value))
        );

        Assert.Equal(Prefix, page.RequestMessage!.RequestUri!.AbsolutePath);
        while (links.TryDequeue(out var link))
        {
            if (!seen.Add(link) || link.Fragment.Length > 0)
            {
                continue;
            }

            Assert.StartsWith(Prefix, link.AbsolutePath, StringComparison.Ordinal);
            using var answer = await _client.GetAsync(link, TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{link}: {answer.StatusCode}");
            if (link.AbsolutePath.EndsWith(".js", StringComparison.Ordinal))
            {
                var script = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                foreach (var import in Import().Matches(script).Select(match => new Uri(link, match.Groups["from"].Value)))
                {
                    links.Enqueue(import);
                }
            }
        }

        Assert.InRange(seen.Count, 8, 100);
    }

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task SwaggerAndItsDocument_NameThePath()
    {
        using var ui = await _client.GetAsync(Prefix + "swagger", TestContext.Current.CancellationToken);
        using var document = await _client.GetAsync(Prefix + "swagger/v1/swagger.json", TestContext.Current.CancellationToken);
        var server = (await document.JsonAsync()).GetProperty("servers")[0].GetProperty("url").GetString();
        using var tagged = await _client.PostAsync(
            $"{server}/v1/tags",
            Requests.Form(TestImages.Jpeg()),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(HttpStatusCode.OK, ui.StatusCode);
        Assert.Equal("/geotag/swagger/index.html", ui.RequestMessage!.RequestUri!.AbsolutePath);
        Assert.Equal("/geotag", server);
        Assert.Equal(49, (await tagged.JsonAsync()).GetProperty("probabilities").EnumerateObject().Count());
    }

    [Fact(Skip = SkipReason, SkipUnless = nameof(IsAvailable))]
    public async Task BatchesAndProblems_PassThrough_AndMetricsDoNot()
    {
        using var batch = await _client.PostAsync(
            Prefix + "v1/tags/batch",
            Requests.NdJson(Requests.Line("a", "Canal"), Requests.Line("b")),
            TestContext.Current.CancellationToken
        );
        var text = await batch.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using var refused = await _client.PostAsync(Prefix + "v1/tags", Requests.Json("{}"), TestContext.Current.CancellationToken);
        using var metrics = await _client.GetAsync(Prefix + "metrics", TestContext.Current.CancellationToken);

        Assert.Contains("\"totals\":{\"items\":2,\"tagged\":1,\"failed\":1,\"complete\":true}", text, StringComparison.Ordinal);
        await refused.ProblemAsync(422, "missing-input", "image");
        Assert.Equal(HttpStatusCode.NotFound, metrics.StatusCode);
    }

    /// <summary>What prefix.conf expects around it.</summary>
    private void WriteConfiguration(int port, int upstream)
    {
        var gateway = Path.Combine(ReferenceData.RepositoryRoot, "deploy", "gateway");
        if (!OperatingSystem.IsWindows())
        {
            // nginx started by root works as another user.
            _directory.UnixFileMode |= UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        }

        Directory.CreateDirectory(Path.Combine(_directory.FullName, "geotag"));
        File.Copy(Path.Combine(gateway, "proxy.conf"), Path.Combine(_directory.FullName, "geotag", "proxy.conf"));
        var temporary = string.Concat(
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {_directory.FullName}/{kind};\n")
        );
        File.WriteAllText(
            Path.Combine(_directory.FullName, "nginx.conf"),
            $$"""
            pid {{_directory.FullName}}/nginx.pid;
            error_log stderr error;
            events {}
            http {
              {{temporary}}
              access_log off;
              map $http_x_request_id $geotag_request_id { default $http_x_request_id; "" $request_id; }
              upstream geotag { server 127.0.0.1:{{upstream}}; }
              server {
                listen 127.0.0.1:{{port}};
                include {{Path.Combine(gateway, "prefix.conf")}};
              }
            }
            """
        );
    }

    [GeneratedRegex("(?:href|src)=\"(?<to>[^\"]+)\"")]
    private static partial Regex Link();

    [GeneratedRegex("from \"(?<from>[^\"]+)\"")]
    private static partial Regex Import();
}
