using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GeoTagService.Core;

namespace GeoTagService.Bench.Service;

/// <summary>A service in a process of its own on a free port of this machine, for the time of a measurement.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private volatile string? _lastLine;

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its process.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the service and waits until it is ready.</summary>
    /// <param name="assembly">GeoTagService.Api.dll.</param>
    /// <param name="bundle">Directory of the bundle, or null for the service's own choice.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RunFailureException">It does not start.</exception>
    public static async Task<ServiceProcess> StartAsync(string assembly, string? bundle, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(Path.GetFullPath(assembly)),
        };
        start.ArgumentList.Add(Path.GetFullPath(assembly));
        start.ArgumentList.Add("--urls");
        start.ArgumentList.Add(address.ToString());
        if (bundle is not null)
        {
            start.Environment["GeoTag__Bundle"] = Path.GetFullPath(bundle);
        }

        var process = Process.Start(start)!;
        var service = new ServiceProcess(process, address);
        // Its log has to go somewhere, or it stops at a full pipe. Its last line is why it does not start.
        process.OutputDataReceived += (_, line) => service.Read(line.Data);
        process.ErrorDataReceived += (_, line) => service.Read(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await service.WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
            return service;
        }
        catch
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finds the service: as it was named, beside this program, or in the clone that this program was built in.</summary>
    public static string Locate(string? named)
    {
        const string File = "GeoTagService.Api.dll";
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var candidates = new List<string> { Path.Combine(here.FullName, File) };
        // …/src/GeoTagService.Cli/bin/CONFIGURATION/FRAMEWORK/
        if (here.Parent?.Parent?.Parent?.Parent is { } source)
        {
            candidates.Add(Path.Combine(source.FullName, "GeoTagService.Api", "bin", here.Parent.Name, here.Name, File));
        }

        return (named is null ? candidates : [named]).Find(System.IO.File.Exists)
            ?? throw new RunFailureException(
                RunFailure.Request,
                $"{named ?? File} is not there; name it with --service, or a running one with --server"
            );
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync().ConfigureAwait(false);
        }

        _process.Dispose();
    }

    private void Read(string? line) => _lastLine = string.IsNullOrWhiteSpace(line) ? _lastLine : line.Trim();

    /// <summary>The log's last line; of the service's own form, the sentence alone.</summary>
    private string Reason()
    {
        if (_lastLine is not { } line)
        {
            return "";
        }

        try
        {
            using var entry = JsonDocument.Parse(line);
            return $": {(entry.RootElement.TryGetProperty("Reason", out var reason) ? reason.GetString() : line)}";
        }
        catch (JsonException)
        {
            return $": {line}";
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (!_process.HasExited)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri("health/ready", UriKind.Relative), limit.Token).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // The port is not open yet.
            }

            await Task.Delay(Pause, limit.Token).ConfigureAwait(false);
        }

        // Until its streams have ended, too.
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        throw new RunFailureException(
            RunFailure.Environment,
            $"the service ended with code {_process.ExitCode} instead of serving{Reason()}"
        );
    }
}
