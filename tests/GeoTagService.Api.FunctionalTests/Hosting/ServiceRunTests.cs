using GeoTagService.Api.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serilog;
using Serilog.Events;

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

        Assert.Equal(0, await app.RunServiceAsync(null, _ => { }));
    }

    [Theory]
    [InlineData("--contentRoot=/no/such/folder")]
    [InlineData("--contentRoot", "no-such-folder")]
    [InlineData("/contentroot", "no-such-folder")]
    public async Task ContentRootThatIsNoFolder_EndsWithASentence(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(ProgramFolder.Options(args));
        var log = new CollectedLog();
        builder.Services.AddSerilog(options => options.WriteTo.Sink(log));
        await using var app = builder.Build();

        var code = await app.RunServiceAsync(ProgramFolder.MissingRoot(args), _ => Assert.Fail("It is not set up."));

        Assert.Equal(3, code);
        var line = Assert.Single(log.Lines(LogEventLevel.Fatal));
        Assert.Contains($"{args[^1].Split('=')[^1]}', which is no folder", line, StringComparison.Ordinal);
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
