namespace GeoTagService.DeployTests.Compose;

/// <summary>The compose files against the published schema, and the files that they mount.</summary>
public sealed class ComposeTests
{
    private const string NoSchemas = "the schemas are not installed (npm install in tests/GeoTagService.DeployTests/node)";

    private static readonly string[] Files = ["docker-compose.yml", Path.Combine("deploy", "compose", "tls.yml")];

    public static bool HasSchemas => Schemas.AreInstalled;

    [Fact(SkipUnless = nameof(HasSchemas), Skip = NoSchemas)]
    public async Task Files_AreValid_AndPlantedErrorsAreFound()
    {
        foreach (var file in Files)
        {
            Assert.Equal("", await Schemas.FaultsAsync(await ReadAsync(file), "compose"));
        }

        var faults = await Schemas.FaultsAsync(
            (await ReadAsync(Files[0])).Replace("cap_drop", "cap_dorp", StringComparison.Ordinal),
            "compose"
        );
        Assert.Contains("cap_dorp", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MountedFiles_AreThere()
    {
        var mounted = new List<string>();
        foreach (var file in Files)
        {
            mounted.AddRange(
                (await ReadAsync(file))
                    .Split('\n')
                    .Select(line => line.Trim())
                    .Where(line => line.StartsWith("- ./", StringComparison.Ordinal))
                    .Select(line => line["- ./".Length..].Split(':')[0])
            );
        }

        Assert.NotEmpty(mounted);
        Assert.All(mounted, path => Assert.True(File.Exists(RepositoryFile.PathOf(path.Split('/'))), path));
    }

    [Fact]
    public void EveryService_HasAMemoryLimit()
    {
        var services = (Dictionary<object, object>)Yaml.Read(RepositoryFile.PathOf("docker-compose.yml")).Single()["services"];

        Assert.All(
            services.Where(service => (string)service.Key != "models"),
            service => Assert.Contains("memory", Text(service.Value), StringComparison.Ordinal)
        );
    }

    private static string Text(object service) =>
        service is Dictionary<object, object> map && map.TryGetValue("deploy", out var deploy)
            ? string.Join(
                ' ',
                ((Dictionary<object, object>)((Dictionary<object, object>)((Dictionary<object, object>)deploy)["resources"])["limits"]).Keys
            )
            : "";

    private static Task<string> ReadAsync(string file) =>
        File.ReadAllTextAsync(RepositoryFile.PathOf(file), TestContext.Current.CancellationToken);
}
