using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tagging.Contracts;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GeoTagService.Api.Hosting;

/// <summary>Says once, when the port is open, what serves and where.</summary>
internal sealed partial class StartReport(
    IServer server, IHostApplicationLifetime lifetime, LoadedModel model, ILogger<StartReport> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Write);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Write()
    {
        var manifest = model.Bundle.Manifest;
        var runtime = model.Encoder.Runtime;
        var addresses = string.Join(" ", server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        var digest = model.Bundle.Digest[..12];
        Log.Serving(
            logger,
            addresses,
            manifest.Name,
            manifest.Version,
            model.Bundle.Origin,
            digest,
            runtime.ExecutionProvider,
            runtime.Precision);
        if (manifest.Purpose == BundlePurpose.Demonstration)
        {
            Log.Demonstration(logger, TagResponseMapper.InstallationCommand);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 1000,
            Level = LogLevel.Information,
            Message = "Serving {Addresses} (page /, documentation /swagger) with model {Name} {Version} from {Origin}, digest {Digest}, on {Provider} in {Precision}")]
        public static partial void Serving(
            ILogger logger, string addresses, string name, string version, string origin, string digest, string provider, string precision);

        [LoggerMessage(
            EventId = 1001,
            Level = LogLevel.Warning,
            Message = "This is a demonstration model: its tags are not for use. '{Command}' installs the real one")]
        public static partial void Demonstration(ILogger logger, string command);
    }
}
