using System.Text.Json;
using GeoTagService.Api.Hosting;
using GeoTagService.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Api.FunctionalTests.Hosting;

/// <summary>The file of settings that is shipped, against the options that the code has.</summary>
public sealed class SettingsFileTests
{
    private const string UpdateVariable = "GEOTAG_UPDATE_SNAPSHOTS";

    private static string Shipped => Path.Combine(ReferenceData.RepositoryRoot, "src", "GeoTagService.Api", "appsettings.json");

    [Fact]
    public async Task ShippedFile_ShowsEverySettingWithItsDefault()
    {
        await using var application = new GeoTagApplication();
        var expected = SettingsFile.Write(application.Services);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            await File.WriteAllTextAsync(Shipped, expected, TestContext.Current.CancellationToken);
        }

        var shipped = (await File.ReadAllTextAsync(Shipped, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n");

        Assert.True(shipped == expected, $"settings have changed; run this test with {UpdateVariable}=1 and review {Shipped}");
    }

    [Fact]
    public async Task ShippedFile_ChangesNothingAsItIs()
    {
        var configuration = Read(await File.ReadAllTextAsync(Shipped, TestContext.Current.CancellationToken));

        Assert.DoesNotContain(configuration.AsEnumerable(), setting => !string.IsNullOrEmpty(setting.Value));
    }

    [Fact]
    public async Task EverySettingTakenAsItIsShown_IsReadAndMeansTheDefault()
    {
        var shown = Read(SettingsFile.Uncommented(await File.ReadAllTextAsync(Shipped, TestContext.Current.CancellationToken)));
        var settings = shown
            .GetSection("GeoTag")
            .AsEnumerable()
            .Where(setting => !string.IsNullOrEmpty(setting.Value))
            .Select(setting => (setting.Key, setting.Value!))
            .ToArray();
        await using var plain = new GeoTagApplication();
        await using var given = new GeoTagApplication(settings);

        Assert.InRange(settings.Length, 40, 200);
        foreach (var type in plain.Services.GetRequiredService<SettingNames>().Sections.Keys)
        {
            foreach (var property in SettingsFile.Properties(type))
            {
                Assert.Equal(
                    JsonSerializer.Serialize(SettingsFile.Value(plain.Services, type, property)),
                    JsonSerializer.Serialize(SettingsFile.Value(given.Services, type, property))
                );
            }
        }
    }

    private static IConfigurationRoot Read(string text) =>
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))).Build();
}
