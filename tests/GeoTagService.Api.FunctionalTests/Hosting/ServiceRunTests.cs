using GeoTagService.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GeoTagService.Api.FunctionalTests.Hosting;

public sealed class ServiceRunTests
{
    [Fact]
    public async Task StopBeforeThePortIsOpen_EndsQuietly()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOptions<EdgeOptions>().ValidateOnStart();
        builder.Services.AddSettingNames();
        builder.Services.AddHostedService<StopsWhileItStarts>();
        await using var app = builder.Build();

        Assert.Equal(0, await app.RunServiceAsync(_ => { }));
    }

    private sealed class StopsWhileItStarts(IHostApplicationLifetime lifetime) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
