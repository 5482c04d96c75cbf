namespace GeoTagService.FaultTests;

/// <summary>One process for all tests of a class.</summary>
public sealed class OneService : IAsyncLifetime
{
    private ServiceProcess? _service;

    /// <summary>The process, ready.</summary>
    internal ServiceProcess Service => _service!;

    public async ValueTask InitializeAsync() =>
        _service = await ServiceProcess
            .Start(new Dictionary<string, string>(), "--GeoTag:Http:UploadPatience=00:00:02", "--GeoTag:Cache:Enabled=false")
            .ReadyAsync();

    public ValueTask DisposeAsync() => _service?.DisposeAsync() ?? ValueTask.CompletedTask;
}
