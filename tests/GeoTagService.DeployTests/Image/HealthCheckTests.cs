using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.DeployTests.Image;

/// <summary>The image's health check asks where the service listens.</summary>
public sealed class HealthCheckTests
{
    public static bool HasBash => OperatingSystem.IsLinux() && OtherProgram.IsInstalled("bash");

    [Theory(SkipUnless = nameof(HasBash), Skip = "bash on Linux is needed")]
    [InlineData("", "ASPNETCORE_HTTP_PORTS=PORT")]
    [InlineData("", "ASPNETCORE_HTTP_PORTS=PORT;9")]
    [InlineData("", "ASPNETCORE_URLS=http://+:PORT", "ASPNETCORE_HTTP_PORTS=9")]
    [InlineData("", "ASPNETCORE_URLS=https://*:9;http://*:PORT")]
    [InlineData("--urls http://0.0.0.0:PORT", "ASPNETCORE_URLS=http://+:9")]
    [InlineData("--urls=http://127.0.0.1:PORT/", "ASPNETCORE_HTTP_PORTS=9")]
    [InlineData("--URLS http://[::]:PORT")]
    [InlineData("--http_ports PORT", "ASPNETCORE_HTTP_PORTS=9")]
    public async Task Check_FollowsThePort(string arguments, params string[] environment)
    {
        var healthy = await AskAsync(HttpStatusCode.OK, arguments, environment);
        var starting = await AskAsync(HttpStatusCode.ServiceUnavailable, arguments, environment);

        Assert.True(healthy.ExitCode == 0, healthy.Output);
        Assert.NotEqual(0, starting.ExitCode);
        Assert.Contains("503", starting.Output, StringComparison.Ordinal);
    }

    [Fact(SkipUnless = nameof(HasBash), Skip = "bash on Linux is needed")]
    public async Task NobodyListens_IsSaid()
    {
        var port = LocalMachine.FreePort();

        var (exitCode, output) = await OtherProgram.RunAsync(
            "bash",
            ["deploy/image/geotag-healthy", "self"],
            Environment($"ASPNETCORE_HTTP_PORTS={port}")
        );

        Assert.NotEqual(0, exitCode);
        Assert.Contains($"nobody listens at 127.0.0.1:{port}", output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Environment(params string[] variables) =>
        variables.Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    private static async Task<(int ExitCode, string Output)> AskAsync(HttpStatusCode status, string arguments, string[] environment)
    {
        using var listener = new TcpListener(IPAddress.Loopback, LocalMachine.FreePort());
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var served = AnswerAsync(listener, status);
        // A bystander whose command line is the service's: the check reads it under /proc.
        var bystander = $"bash -c 'exec {{f}}<> <(:); read -t 30 -u $f; :' service {arguments}";
        var command =
            $"{bystander} & until grep -qzx service /proc/$!/cmdline; do :; done; deploy/image/geotag-healthy $!; code=$?; kill $!; exit $code";
        var result = await OtherProgram.RunAsync(
            "bash",
            ["-c", command.Replace("PORT", port, StringComparison.Ordinal)],
            Environment([
                .. environment.Select(variable =>
                    variable.Replace("=PORT", $"={port}", StringComparison.Ordinal).Replace(":PORT", $":{port}", StringComparison.Ordinal)
                ),
            ])
        );
        // It was asked: nobody else's answer was taken for ours.
        await served.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return result;
    }

    private static async Task AnswerAsync(TcpListener listener, HttpStatusCode status)
    {
        using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var stream = connection.GetStream();
        var request = new byte[4096];
        var length = await stream.ReadAsync(request, TestContext.Current.CancellationToken);
        Assert.StartsWith("GET /health/ready ", Encoding.ASCII.GetString(request, 0, length), StringComparison.Ordinal);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(int)status} x\r\n\r\n"), TestContext.Current.CancellationToken);
    }
}
