using System.Net;

namespace GeoTagService.FaultTests;

/// <summary>How the process starts and ends.</summary>
public sealed class StartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StartedFromElsewhere_ServesThePageAndReadsTheSettingsBesideTheProgram()
    {
        var elsewhere = Directory.CreateTempSubdirectory().FullName;
        // Settings of an environment of this test's own, beside the program.
        var environment = $"Elsewhere{Guid.NewGuid():N}";
        var settings = Path.Combine(AppContext.BaseDirectory, $"appsettings.{environment}.json");
        await File.WriteAllTextAsync(settings, """{ "GeoTag": { "ApiKeys": [ "only-this" ] } }""", Token);
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "appsettings.json"), "{}", Token);
        try
        {
            await using var service = await ServiceProcess
                .StartIn(elsewhere, new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = environment })
                .ReadyAsync();
            using var client = new HttpClient { BaseAddress = service.Address };

            using var page = await client.GetAsync("", Token);
            using var model = await client.GetAsync("v1/model", Token);

            Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
            Assert.Equal(HttpStatusCode.Unauthorized, model.StatusCode);
            // What lies in the working directory is not read, and that is told.
            await Eventually.TrueAsync(() => service.Lines.Any(line => line.Contains(elsewhere, StringComparison.Ordinal)));
        }
        finally
        {
            File.Delete(settings);
            Directory.Delete(elsewhere, recursive: true);
        }
    }

    [Theory]
    [InlineData("--GeoTag:Http:BatchWindow=0", 3, "GeoTag:Http:BatchWindow")]
    [InlineData("--GeoTag:Bundle=/no/such/bundle", 3, "/no/such/bundle")]
    [InlineData("--GeoTag:Htpp:BatchWindow=1", 3, "GeoTag:Http:BatchWindow is the nearest")]
    public async Task WhatCannotServe_EndsWithACodeAndASentence(string setting, int code, string told)
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>(), setting);

        Assert.Equal(code, await service.ExitAsync());
        await Eventually.TrueAsync(() => service.Lines.Any(line => line.Contains(told, StringComparison.Ordinal)));
        Assert.DoesNotContain(service.Lines, line => line.Contains("   at ", StringComparison.Ordinal));
    }
}
