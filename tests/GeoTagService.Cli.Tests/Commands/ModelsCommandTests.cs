using System.Security.Cryptography;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Cli.Tests.Commands;

public sealed class ModelsCommandTests(TinyModel model)
{
    [Fact]
    public async Task Verify_WholeBundle_PrintsTheDigestOfItsManifest()
    {
        var manifest = await File.ReadAllBytesAsync(
            Path.Combine(model.Bundle, BundleManifest.FileName), TestContext.Current.CancellationToken);

        var printed = (await GeotagRun.Of("models", "verify", "--bundle", model.Bundle)).Succeeds();

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(manifest)) + "\n", printed);
    }

    [Fact]
    public async Task Build_Again_GivesTheSameBundle()
    {
        using var directory = new TemporaryDirectory();

        var printed = (await Build(model.Weights, model.Vocabulary, model.Heads, directory.PathOf("again"))).Succeeds();

        Assert.Equal((await GeotagRun.Of("models", "verify", "--bundle", model.Bundle)).Output, printed);
    }

    [Fact]
    public async Task Build_OverABundle_IsRefused() =>
        (await Build(model.Weights, model.Vocabulary, model.Heads, model.Bundle)).Fails(ExitCode.Environment, "exists already");

    [Fact]
    public async Task Build_WithoutItsParts_NamesTheMissing()
    {
        using var directory = new TemporaryDirectory();
        var (missing, target) = (directory.PathOf("nothing"), directory.PathOf("bundle"));

        (await Build(missing, model.Vocabulary, model.Heads, target)).Fails(ExitCode.Environment, missing);
        (await Build(model.Weights, missing, model.Heads, target)).Fails(ExitCode.Environment, missing);
        (await Build(model.Weights, model.Vocabulary, missing, target)).Fails(ExitCode.Environment, missing);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Root));
    }

    [Theory]
    [InlineData("clip.pt")]
    [InlineData("clip.safetensors")]
    [InlineData("pytorch_model.bin")]
    [InlineData("clip.txt")]
    public async Task Build_FromAnythingElse_SaysWhichFile(string name)
    {
        using var directory = new TemporaryDirectory();
        var garbage = directory.Write(name, "These are no weights at all, only a sentence."u8.ToArray());

        (await Build(garbage, model.Vocabulary, model.Heads, directory.PathOf("bundle"))).Fails(ExitCode.Environment, name);
        Assert.False(Directory.Exists(directory.PathOf("bundle")));
    }

    [Fact]
    public async Task Build_VocabularyThatDoesNotFit_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        var garbage = directory.Write("vocabulary.txt.gz", [0x1F, 0x8B, 1, 2, 3]);

        (await Build(model.Weights, garbage, model.Heads, directory.PathOf("bundle"))).Fails(ExitCode.Environment, "vocabulary");
    }

    [Fact]
    public async Task Verify_FlippedByte_NamesTheFile()
    {
        using var directory = new TemporaryDirectory();
        Copy(model.Bundle, directory.Root);
        var damaged = Directory.EnumerateFiles(directory.PathOf("heads")).First();
        var bytes = await File.ReadAllBytesAsync(damaged, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, TestContext.Current.CancellationToken);

        (await GeotagRun.Of("models", "verify", "--bundle", directory.Root))
            .Fails(ExitCode.Environment, Path.GetFileName(damaged));
    }

    [Fact]
    public async Task Verify_NoBundle_SaysSo()
    {
        using var directory = new TemporaryDirectory();

        (await GeotagRun.Of("models", "verify", "--bundle", directory.Root)).Fails(ExitCode.Environment, "bundle.json");
        (await GeotagRun.Of("models", "verify", "--bundle", directory.PathOf("none"))).Fails(ExitCode.Environment, "none");
    }

    [Fact]
    public async Task Show_Json_IsTheManifestItself()
    {
        var manifest = await File.ReadAllTextAsync(
            Path.Combine(model.Bundle, BundleManifest.FileName), TestContext.Current.CancellationToken);

        Assert.Equal(manifest.TrimEnd(), (await GeotagRun.Of("models", "show", "--bundle", model.Bundle, "--json")).Succeeds().TrimEnd());
    }

    [Fact]
    public async Task Show_DescribesHeadsAndGeometry()
    {
        var printed = (await GeotagRun.Of("models", "show", "--bundle", model.Bundle)).Succeeds();

        Assert.Contains("linear-img-txt-loc", printed, StringComparison.Ordinal);
        Assert.Contains("32 px, patches of 16", printed, StringComparison.Ordinal);
    }

    private static Task<GeotagRun> Build(string clip, string vocabulary, string heads, string output) => GeotagRun.Of(
        "models", "build", "--clip", clip, "--vocabulary", vocabulary, "--heads", heads, "--output", output);

    private static void Copy(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
