using System.Runtime.InteropServices;
using System.Threading.Channels;
using GeoTagService.Core.Hosting;

namespace GeoTagService.Api.Administration;

/// <summary>Reloads the bundle on SIGHUP, where there are signals. What comes while one is under way asks for one more after it.</summary>
internal sealed class ReloadSignal(ModelReloader reloader) : BackgroundService
{
    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // On Windows the same name stands for a console that is being closed.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ask);
        try
        {
            await foreach (var _ in _asked.Reader.ReadAllAsync(stoppingToken))
            {
                await reloader.ReloadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service stops.
        }

        void Ask(PosixSignalContext signal)
        {
            // Without this the process would end, as it does by default.
            signal.Cancel = true;
            _asked.Writer.TryWrite(true);
        }
    }
}
