using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

public sealed class InspectCommandTests(TinyModel model)
{
    [Theory]
    [InlineData("Mam Tor")]
    [InlineData("--json")]
    [InlineData("@home")]
    [InlineData("--")]
    [InlineData("line one\nline two")]
    [InlineData("Þingvöllur 🏔")]
    [InlineData("")]
    public async Task Tokens_OfOneText_AreThoseOfTheList(string title)
    {
        using var directory = new TemporaryDirectory();
        var list = directory.Write("titles.json", JsonSerializer.SerializeToUtf8Bytes(new[] { "other", title }));

        var one = JsonSerializer.Deserialize<int[]>((await Tokens("--text", title)).Succeeds())!;
        var all = JsonSerializer.Deserialize<int[][]>((await Tokens("--json", list)).Succeeds())!;

        Assert.Equal(2, all.Length);
        Assert.Equal(all[1], one);
        Assert.Equal((512, 513), (one[0], one[^1]));
        Assert.InRange(one.Length, 2, 16);
    }

    [Fact]
    public async Task HalfCharacters_AreRepairedInTitlesOfAList()
    {
        using var directory = new TemporaryDirectory();
        var titles = directory.Write("titles.json", """["half \ud83d", "\ude00", "pair \ud83d\ude00", "\\ud83d"]"""u8.ToArray());

        var ids = JsonSerializer.Deserialize<int[][]>((await Tokens("--json", titles)).Succeeds())!;

        Assert.Equal(4, ids.Length);
        Assert.Equal(JsonSerializer.Deserialize<int[]>((await Tokens("--text", "half \uFFFD")).Succeeds()), ids[0]);
        Assert.Equal(JsonSerializer.Deserialize<int[]>((await Tokens("--text", "\uFFFD")).Succeeds()), ids[1]);
        Assert.Equal(JsonSerializer.Deserialize<int[]>((await Tokens("--text", "pair \U0001F600")).Succeeds()), ids[2]);
        Assert.Equal(JsonSerializer.Deserialize<int[]>((await Tokens("--text", "\\ud83d")).Succeeds()), ids[3]);
    }

    [Fact]
    public async Task Tokens_EmptyList_IsAnEmptyArray()
    {
        using var directory = new TemporaryDirectory();

        var printed = (await Tokens("--json", directory.Write("titles.json", "[]"u8.ToArray()))).Succeeds();

        Assert.Empty(JsonSerializer.Deserialize<int[][]>(printed)!);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[null]")]
    [InlineData("null")]
    [InlineData("[\"a\"")]
    [InlineData("")]
    public async Task Tokens_ListOfSomethingElse_IsUsage(string json)
    {
        using var directory = new TemporaryDirectory();
        var list = directory.Write("titles.json", System.Text.Encoding.UTF8.GetBytes(json));

        (await Tokens("--json", list)).Fails(ExitCode.Usage, "titles.json", "array of strings");
    }

    [Fact]
    public async Task Tokens_NeitherOrBoth_IsUsage()
    {
        (await Tokens()).Fails(ExitCode.Usage, "--text or --json");
        (await Tokens("--text", "a", "--json", "b.json")).Fails(ExitCode.Usage, "--text or --json");
        (await Tokens("--json", "missing.json")).Fails(ExitCode.Usage, "missing.json");
    }

    [Fact]
    public async Task Pixels_AreClipsSquare()
    {
        using var directory = new TemporaryDirectory();
        var photo = directory.Write("red.png", TestImages.SolidPng(300, 260, 200, 100, 50));
        var target = directory.PathOf("x.npy");

        Assert.Empty((await GeotagRun.Of("inspect", "pixels", photo, "--output", target)).Succeeds());

        var pixels = NpyReader.ReadBytes(target);
        Assert.Equal([224, 224, 3], pixels.Shape);
        Assert.All(pixels.Values.Chunk(3), pixel => Assert.Equal([200, 100, 50], pixel));
    }

    [Fact]
    public async Task Pixels_WithABundle_AreOfItsSize()
    {
        using var directory = new TemporaryDirectory();
        var photo = directory.Write("photo.jpg", TestImages.Jpeg());
        var target = directory.PathOf("x.npy");

        (await GeotagRun.Of("inspect", "pixels", photo, "--output", target, "--bundle", model.Bundle)).Succeeds();

        Assert.Equal([32, 32, 3], NpyReader.ReadBytes(target).Shape);
    }

    [Fact]
    public async Task Pixels_OfNoPhoto_IsAFailedItem()
    {
        using var directory = new TemporaryDirectory();
        var text = directory.Write("note.jpg", "not a photo"u8.ToArray());
        var empty = directory.Write("empty.jpg", []);
        var target = directory.PathOf("x.npy");

        foreach (var photo in new[] { text, empty, directory.PathOf("missing.jpg"), directory.Root })
        {
            (await GeotagRun.Of("inspect", "pixels", photo, "--output", target)).Fails(ExitCode.ItemsFailed, photo);
        }

        Assert.False(File.Exists(target));
    }

    [Fact]
    public async Task Pixels_ToNowhere_SaysSo()
    {
        using var directory = new TemporaryDirectory();
        var photo = directory.Write("photo.jpg", TestImages.Jpeg());

        (await GeotagRun.Of("inspect", "pixels", photo, "--output", directory.PathOf("none", "x.npy"))).Fails(
            ExitCode.Environment,
            "x.npy"
        );
    }

    [Fact]
    public async Task Embeddings_PhotosComeFirst()
    {
        using var directory = new TemporaryDirectory();
        var (a, b) = (directory.Write("a.jpg", TestImages.Jpeg(seed: 1)), directory.Write("b.jpg", TestImages.Jpeg(seed: 2)));

        var all = Rows(await Embedding("--text", "Mam Tor", "--image", a, "--text", "", "--image", b));
        var alone = Rows(await Embedding("--image", b));
        var title = Rows(await Embedding("--text", "Mam Tor"));

        Assert.Equal(4, all.Length);
        Assert.All(all, row => Assert.Equal(16, row!.Length));
        Near(alone[0]!, all[1]!);
        Near(title[0]!, all[2]!);
        Assert.NotEqual(all[0], all[1]);
    }

    [Fact]
    public async Task Embeddings_OneBadPhoto_FailsAloneAndKeepsItsPlace()
    {
        using var directory = new TemporaryDirectory();
        var bad = directory.Write("bad.jpg", "not a photo"u8.ToArray());

        var run = await Embedding("--image", bad, "--text", "Mam Tor");

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("bad.jpg", run.Error, StringComparison.Ordinal);
        var rows = JsonSerializer.Deserialize<float[]?[]>(run.Output)!;
        Assert.Null(rows[0]);
        Assert.Equal(16, rows[1]!.Length);
    }

    [Fact]
    public async Task Embeddings_OfNothing_IsUsage() => (await Embedding()).Fails(ExitCode.Usage, "--image or --text");

    private static float[]?[] Rows(GeotagRun run) => JsonSerializer.Deserialize<float[]?[]>(run.Succeeds())!;

    private static void Near(float[] expected, float[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

    private Task<GeotagRun> Tokens(params string[] rest) => GeotagRun.Of(["inspect", "tokens", "--bundle", model.Bundle, .. rest]);

    private Task<GeotagRun> Embedding(params string[] rest) => GeotagRun.Of(["inspect", "embedding", "--bundle", model.Bundle, .. rest]);
}
