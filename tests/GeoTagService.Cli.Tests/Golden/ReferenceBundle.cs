using GeoTagService.Testing;

[assembly: AssemblyFixture(typeof(GeoTagService.Cli.Tests.Golden.ReferenceBundle))]

namespace GeoTagService.Cli.Tests.Golden;

/// <summary>The reference's small random-weight CLIP with the published heads, built by the tool; once, and only where
/// the reference data is.</summary>
public sealed class ReferenceBundle : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Lazy<Task<string>> _bundle;

    public ReferenceBundle() => _bundle = new Lazy<Task<string>>(BuildAsync);

    /// <summary>The bundle's directory.</summary>
    public Task<string> Directory => _bundle.Value;

    public void Dispose() => _directory.Dispose();

    private async Task<string> BuildAsync()
    {
        var target = _directory.PathOf("bundle");
        (
            await GeotagRun.Of(
                "models",
                "build",
                "--clip",
                ReferenceData.PathOf("golden", "small", "model.safetensors"),
                "--vocabulary",
                ReferenceData.PathOf("bpe_simple_vocab_16e6.txt.gz"),
                "--heads",
                ReferenceData.PathOf("heads"),
                "--output",
                target
            )
        ).Succeeds();
        return target;
    }
}
