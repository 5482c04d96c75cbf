using GeoTagService.Testing;

namespace GeoTagService.FaultTests.Gateway;

/// <summary>Two replicas behind a real nginx, for all tests of a class; a test that ends one starts it again.</summary>
public sealed class TwoReplicas : IAsyncLifetime
{
    private GatewayProcess? _gateway;

    /// <summary>The replicas.</summary>
    internal List<ServiceProcess> Replicas { get; } = [];

    /// <summary>What is in front of them.</summary>
    internal GatewayProcess Gateway => _gateway!;

    public async ValueTask InitializeAsync()
    {
        if (GatewayProcess.IsAvailable)
        {
            Replicas.AddRange([Start(LocalMachine.FreePort()), Start(LocalMachine.FreePort())]);
            await Task.WhenAll(Replicas.Select(replica => replica.ReadyAsync()));
            _gateway = await GatewayProcess.StartAsync([.. Replicas.Select(replica => replica.Port)]);
        }
    }

    /// <summary>Starts a replica that has ended, where it was.</summary>
    internal async Task StartAgainAsync(int index)
    {
        var port = Replicas[index].Port;
        await Replicas[index].DisposeAsync();
        Replicas[index] = await Start(port).ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        foreach (var replica in Replicas)
        {
            await replica.DisposeAsync();
        }
    }

    private static ServiceProcess Start(int port) =>
        ServiceProcess.Start(port, "--GeoTag:Http:ShutdownDelay=00:00:03", "--GeoTag:Cache:Enabled=false");
}
