using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>The proxy variables of the environment, read by a process of its own: the runtime reads them once.</summary>
public sealed class ModelsPullProxyTests(TinyModel model) : IDisposable
{
    // .invalid is kept free of names, so that nothing can be had from there but through a proxy.
    private const string Mirror = "http://mirror.invalid/clip/";

    private readonly TemporaryDirectory _directory = new();
    private readonly FileServer _server = new(Path.GetDirectoryName(model.Weights)!, model.Heads);

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("HTTP_PROXY")]
    [InlineData("http_proxy")]
    [InlineData("ALL_PROXY")]
    public async Task Pull_WithAProxy_AsksItForEverything(string variable)
    {
        await PullAsync(Mirror, Environment((variable, _server.Base)));

        Assert.Equal(5, _server.Targets.Count);
        Assert.All(_server.Targets, target => Assert.StartsWith(Mirror, target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pull_FromAHostThatNeedsNoProxy_AsksTheHostItself()
    {
        // Nothing listens at the proxy's address: whoever asks there gets nothing.
        await PullAsync(_server.Base, Environment(("HTTP_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")));

        Assert.Equal(5, _server.Targets.Count);
        Assert.All(_server.Targets, target => Assert.StartsWith("/", target, StringComparison.Ordinal));
    }

    private async Task PullAsync(string from, Dictionary<string, string?> environment)
    {
        var output = _directory.PathOf("bundle");
        using var pull = GeotagProcess.Start(
            environment,
            "models",
            "pull",
            "--sources",
            _directory.Write("sources.json", model.Sources()),
            "--from",
            from,
            "--output",
            output
        );

        var (exitCode, error) = await pull.ExitAsync();

        Assert.True(exitCode == ExitCode.Success, error);
        (await GeotagRun.Of("models", "verify", "--bundle", output)).Succeeds();
    }

    /// <summary>These variables and no other proxy variable.</summary>
    private static Dictionary<string, string?> Environment(params (string Name, string Value)[] variables)
    {
        string[] all = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];
        var environment = all.Concat(all.Select(name => name.ToLowerInvariant())).ToDictionary(name => name, _ => (string?)null);
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        return environment;
    }
}
