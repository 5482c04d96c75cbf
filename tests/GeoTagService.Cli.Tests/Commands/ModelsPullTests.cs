using System.Security.Cryptography;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Commands;

public sealed class ModelsPullTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Pull_FromADirectory_InstallsChecksAndSaysWhere()
    {
        var output = _directory.PathOf("bundle");

        var run = await Pull(WriteSources(), output);

        Assert.Equal(output + "\n", run.Succeeds());
        Assert.Contains("installed tiny 1.0.0 (fp32) with 3 heads", run.Error);
        Assert.Contains("photo tower against its weights, fp32", run.Error);
        Assert.Contains("title tower against its weights, fp32", run.Error);
        Assert.Contains($"GeoTag__Bundle={output}", run.Error);
        (await GeotagRun.Of("models", "verify", "--bundle", output)).Succeeds();

        var again = await Pull(WriteSources(), output);
        again.Succeeds();
        Assert.Contains("installed already", again.Error);
    }

    [Fact]
    public async Task Pull_OfWrongBytes_SaysBothDigests()
    {
        var pinned = new string('0', 64);

        (await Pull(WriteSources(pinned), _directory.PathOf("bundle"))).Fails(ExitCode.Environment, pinned, Digest(model.Weights));
    }

    [Fact]
    public async Task Pull_OfAnotherName_OrPrecision_IsUsage()
    {
        (await GeotagRun.Of("models", "pull", "--bundle", "clip-rn50")).Fails(ExitCode.Usage, "clip-vit-b32");
        (await GeotagRun.Of("models", "pull", "--precision", "fp8")).Fails(ExitCode.Usage, "'fp8'");
        (await GeotagRun.Of("models", "pull", "--precision", ",")).Fails(ExitCode.Usage, "fp32");
    }

    [Fact]
    public async Task Pull_WithoutItsSources_NamesThem() =>
        (await Pull(_directory.PathOf("nothing.json"), _directory.PathOf("bundle"))).Fails(ExitCode.Environment, "nothing.json");

    private Task<GeotagRun> Pull(string sources, string output) =>
        GeotagRun.Of("models", "pull", "--sources", sources, "--from", Path.GetDirectoryName(model.Weights)!, "--output", output);

    private string WriteSources(string? weightsDigest = null) => _directory.Write("sources.json", model.Sources(weightsDigest));

    private static string Digest(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
