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
            Path.Combine(model.Bundle, BundleManifest.FileName),
            TestContext.Current.CancellationToken
        );

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

        (await GeotagRun.Of("models", "verify", "--bundle", directory.Root)).Fails(ExitCode.Environment, Path.GetFileName(damaged));
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
            Path.Combine(model.Bundle, BundleManifest.FileName),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(manifest.TrimEnd(), (await GeotagRun.Of("models", "show", "--bundle", model.Bundle, "--json")).Succeeds().TrimEnd());
    }

    [Fact]
    public async Task Show_DescribesHeadsAndGeometry()
    {
        var printed = (await GeotagRun.Of("models", "show", "--bundle", model.Bundle)).Succeeds();

        Assert.Contains("linear-img-txt-loc", printed, StringComparison.Ordinal);
        Assert.Contains("32 px, patches of 16", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VerifyWithPhotos_ComparesEveryPrecisionByTheDefaultHeads()
    {
        using var directory = new TemporaryDirectory();
        var bundle = directory.PathOf("bundle");
        (await Build(model.Weights, model.Vocabulary, model.Heads, bundle, "--precision", "fp32,fp16,int8")).Succeeds();
        WritePhotos(directory, 5);
        var titles = directory.Write("titles.txt", "Canal lock\n\nSheep on a hill\n"u8.ToArray());

        var run = await GeotagRun.Of(
            "models",
            "verify",
            "--bundle",
            bundle,
            "--photos",
            directory.PathOf("photos"),
            "--titles",
            titles,
            "--json"
        );

        using var json = System.Text.Json.JsonDocument.Parse(run.Succeeds());
        var rows = json.RootElement.GetProperty("agreement").EnumerateArray().ToList();
        Assert.Equal(64, json.RootElement.GetProperty("digest").GetString()!.Length);
        Assert.Equal(
            ["fp16 linear-img", "fp16 linear-txt", "int8 linear-img", "int8 linear-txt"],
            rows.Select(row => $"{row.GetProperty("precision")} {row.GetProperty("head")}").Order(StringComparer.Ordinal)
        );
        Assert.All(
            rows,
            row =>
            {
                Assert.Equal(5, row.GetProperty("items").GetInt32());
                var (mean, max) = (row.GetProperty("meanDifference").GetDouble(), row.GetProperty("maxDifference").GetDouble());
                // Close, but another precision; and half precision is closer than eight bits.
                Assert.InRange(mean, 1e-9, row.GetProperty("precision").GetString() == "fp16" ? 0.005 : 0.05);
                Assert.InRange(max, mean, 0.5);
                Assert.InRange(row.GetProperty("equalLabelSets").GetDouble(), 0, 1);
                Assert.True(row.GetProperty("speed").GetDouble() > 0);
            }
        );
    }

    [Fact]
    public async Task VerifyWithPhotos_LeavesOutWhatIsNoPhotoAndSaysSo()
    {
        using var directory = new TemporaryDirectory();
        var bundle = directory.PathOf("bundle");
        (await Build(model.Weights, model.Vocabulary, model.Heads, bundle, "--precision", "fp32,int8")).Succeeds();
        WritePhotos(directory, 2);
        await File.WriteAllTextAsync(directory.PathOf("photos/broken.jpg"), "no photo", TestContext.Current.CancellationToken);

        var run = await GeotagRun.Of(
            "models",
            "verify",
            "--bundle",
            bundle,
            "--photos",
            directory.PathOf("photos"),
            "--head",
            "linear-img-txt-loc"
        );

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("broken.jpg", run.Error, StringComparison.Ordinal);
        Assert.Matches("int8 +linear-img-txt-loc +2 ", run.Output);
    }

    [Fact]
    public async Task VerifyWithPhotos_NothingToCompare_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        (await GeotagRun.Of("models", "verify", "--bundle", model.Bundle, "--photos", directory.Root)).Fails(
            ExitCode.Environment,
            "no photo"
        );
        WritePhotos(directory, 1);
        (await GeotagRun.Of("models", "verify", "--bundle", model.Bundle, "--photos", directory.Root)).Fails(
            ExitCode.Environment,
            "nothing to compare"
        );
        (await GeotagRun.Of("models", "verify", "--bundle", model.Bundle, "--head", "linear-img")).Fails(ExitCode.Usage, "--photos");
    }

    [Fact]
    public async Task Random_WritesWeightsThatBuildAndFollowTheSeed()
    {
        using var directory = new TemporaryDirectory();
        async Task<byte[]> Weights(string name, string seed)
        {
            var path = directory.PathOf(name);
            (await GeotagRun.Of("models", "random", "--output", path, "--geometry", "tiny", "--seed", seed)).Succeeds();
            return await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        }

        var first = await Weights("a.safetensors", "3");

        Assert.Equal(first, await Weights("b.safetensors", "3"));
        Assert.NotEqual(first, await Weights("c.safetensors", "4"));
        Directory.CreateDirectory(directory.PathOf("heads"));
        (await Build(directory.PathOf("a.safetensors"), model.Vocabulary, directory.PathOf("heads"), directory.PathOf("bundle"))).Fails(
            ExitCode.Environment,
            "head"
        );
        (await GeotagRun.Of("models", "random", "--output", directory.PathOf("d"), "--geometry", "vit-g")).Fails(
            ExitCode.Usage,
            "vit-b-32"
        );
    }

    private static void WritePhotos(TemporaryDirectory directory, int count)
    {
        Directory.CreateDirectory(directory.PathOf("photos"));
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(directory.PathOf($"photos/{i}.jpg"), Testing.TestImages.Jpeg(60 + (8 * i), 50));
        }
    }

    private static Task<GeotagRun> Build(string clip, string vocabulary, string heads, string output, params string[] further) =>
        GeotagRun.Of(["models", "build", "--clip", clip, "--vocabulary", vocabulary, "--heads", heads, "--output", output, .. further]);

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
