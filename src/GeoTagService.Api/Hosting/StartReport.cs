using GeoTagService.Core.Bundles;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace GeoTagService.Api.Hosting;

/// <summary>Says once, when the port is open, where; and when a demonstration model serves, how to get the real one. Which
/// bundle serves, and why, the model's host has said by then.</summary>
internal sealed partial class StartReport(
    IServer server,
    IHostApplicationLifetime lifetime,
    IHostEnvironment environment,
    Bundle bundle,
    ILogger<StartReport> logger
) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Write);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Write()
    {
        var addresses = string.Join(" ", server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        Log.Serving(logger, addresses);
        if (ProgramFolder.OverlookedSettings(environment.ContentRootPath) is { } overlooked)
        {
            Log.Overlooked(logger, overlooked, environment.ContentRootPath);
        }

        if (bundle.Manifest.Purpose == BundlePurpose.Demonstration)
        {
            Log.Demonstration(logger, InstallationCommand.Text);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventId = 1000,
            Level = LogLevel.Information,
            Message = "Open at {Addresses}: the page at /, the documentation at /swagger"
        )]
        public static partial void Serving(ILogger logger, string addresses);

        [LoggerMessage(
            EventId = 1005,
            Level = LogLevel.Warning,
            Message = "{File} is not read: settings come from {Folder}, or from the folder that --contentRoot names"
        )]
        public static partial void Overlooked(ILogger logger, string file, string folder);

        [LoggerMessage(
            EventId = 1001,
            Level = LogLevel.Warning,
            Message = "This is a demonstration model: its tags are not for use. '{Command}' installs the real one"
        )]
        public static partial void Demonstration(ILogger logger, string command);
    }
}
