using System.Globalization;
using System.Text;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>What people give to train, evaluate and submit by mistake: file, row and limit are named, everything is counted,
/// and nothing is left half-written.</summary>
public sealed class WrongTrainingInputTests : IDisposable
{
    private const int Photos = 16;

    private readonly TinyModel _model;
    private readonly TemporaryDirectory _directory = new();

    public WrongTrainingInputTests(TinyModel model)
    {
        _model = model;
        Directory.CreateDirectory(At("photos"));
        for (var id = 1; id <= Photos; id++)
        {
            File.WriteAllBytes(
                Path.Combine(At("photos"), $"{id.ToString(CultureInfo.InvariantCulture)}.jpg"),
                TestImages.Jpeg(48, 40, id % 4)
            );
        }

        File.WriteAllLines(At("metadata.csv"), ["gridimage_id,title,grid_reference", .. Ids.Select(id => $"{id},A photo,TQ3080")]);
        File.WriteAllLines(At("train.csv"), Labels(id => id % 3));
    }

    private static IEnumerable<int> Ids => Enumerable.Range(1, Photos);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Labels_AreCountedToTheLast_AndTheFirstFaultIsNamed()
    {
        await EmbedAsync();
        var lines = Labels(id => id % 3).ToList();
        lines[4] = lines[4].Replace(",1", ",NaN", StringComparison.Ordinal);
        lines[6] = "x" + lines[6];
        lines.Add($"99,{string.Join(',', Enumerable.Repeat(0, TagCatalog.Count))}");
        File.WriteAllLines(At("train.csv"), lines);

        var run = await TrainAsync();

        run.Succeeds();
        Assert.Contains("2 broken lines were skipped; the first: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(
            $"train.csv, line 5: {TagCatalog.CompetitionColumns[1]} is 'NaN'; a label is 0 or 1",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("2 photos of ", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 photo of ", run.Error, StringComparison.Ordinal);
        Assert.Contains("46 of the 49 tags are on none of these photos", run.Error, StringComparison.Ordinal);
        Assert.Contains("14 photos of model", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ColumnThatIsNoTag_IsSaid()
    {
        await EmbedAsync();
        File.WriteAllLines(At("train.csv"), Labels(id => id % 3).Select((line, at) => at == 0 ? $"{line},tag9999,note" : $"{line},1,text"));

        var run = await TrainAsync();

        run.Succeeds();
        Assert.Contains("there is no tag9999 among the tags", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("note", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--learning-rate", "-1", "--learning-rate is -1; it is above 0")]
    [InlineData("--learning-rate", "NaN", "--learning-rate is NaN; it is above 0")]
    [InlineData("--dropout", "1", "--dropout is 1; it lies from 0 to below 1")]
    [InlineData("--epochs", "0", "--epochs is 0; it is above 0")]
    [InlineData("--label-smoothing", "1.5", "--label-smoothing is 1.5; it lies from 0 to below 1")]
    [InlineData("--most-tags", "-1", "--most-tags is -1; it is 0 or above")]
    public async Task NumberOutOfRange_IsRefusedWithItsRange(string option, string value, string sentence)
    {
        var run = await GeotagRun.Of("train", "--semi-synthetic", "200", "--head", "linear-img", option, value, "--output", At("run"));

        run.Fails(ExitCode.Usage, sentence);
        Assert.False(Directory.Exists(At("run")));
    }

    [Fact]
    public async Task PhotoThatIsThereTwice_IsRefusedByLine()
    {
        await EmbedAsync();
        File.AppendAllLines(At("train.csv"), [File.ReadLines(At("train.csv")).ElementAt(3)]);

        (await TrainAsync()).Fails(ExitCode.Environment, "train.csv, line 18: photo 3 is there twice");
    }

    [Fact]
    public async Task HeadThatIsCut_IsNamed_AndNothingIsSubmitted()
    {
        await EmbedAsync();
        (await TrainAsync()).Succeeds();
        var head = Path.Combine(At("run"), "linear-img.onnx");
        File.WriteAllBytes(head, File.ReadAllBytes(head)[..^200]);

        (await EvaluateAsync("store")).Fails(ExitCode.Environment, "the graph of head linear-img cannot be loaded", "cut or damaged");
        (await SubmitAsync("store")).Fails(ExitCode.Environment, "the graph of head linear-img cannot be loaded");
        Assert.False(Directory.Exists(At("out")) && Directory.EnumerateFiles(At("out")).Any());
    }

    [Fact]
    public async Task StoreThatIsCut_SaysHowManyPhotosItLost()
    {
        await EmbedAsync();
        (await TrainAsync()).Succeeds();
        var shard = Path.Combine(At("store"), "shard-00000");
        using (var file = File.OpenWrite(shard))
        {
            file.SetLength(file.Length * 3 / Photos);
        }

        var submitted = await SubmitAsync("store");

        submitted.Succeeds();
        Assert.Contains("13 photos at the end of ", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("cut off and left out", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("3 photos, 1 head", submitted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoreOfAnotherModel_IsSaidToBeOne()
    {
        await EmbedAsync();
        (await TrainAsync()).Succeeds();
        var layout = Path.Combine(At("store"), "store.json");
        var text = File.ReadAllText(layout);
        var model = text.Split("\"model\": \"")[1][..64];
        Assert.DoesNotContain("another's embeddings", (await EvaluateAsync("store")).Error, StringComparison.Ordinal);

        File.WriteAllText(layout, text.Replace(model, new string('0', 64), StringComparison.Ordinal));

        foreach (var heads in new[] { At("run"), _model.Bundle })
        {
            Assert.Contains("learnt from another's embeddings", (await EvaluateAsync("store", heads)).Error, StringComparison.Ordinal);
            Assert.Contains("learnt from another's embeddings", (await SubmitAsync("store", heads)).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WeightOfLabelSetsOutOfRange_IsRefused() =>
        (
            await GeotagRun.Of(
                "submit",
                "--embeddings",
                At("store"),
                "--heads",
                At("run"),
                "--label-set-weight",
                "2",
                "--output",
                At("out")
            )
        ).Fails(ExitCode.Usage, "--label-set-weight is 2; it lies from 0 to 1");

    [Theory]
    [InlineData("--output")]
    [InlineData("--compare")]
    public async Task PlacesOfOneSquare_AreTooFewToHoldAnyOut(string what)
    {
        var run = At("run.ndjson");
        var lines = new StringBuilder();
        for (var id = 0; id < 120; id++)
        {
            lines
                .Append(CultureInfo.InvariantCulture, $$"""{"id":"{{id}}","tags_0.5":["Canals"],"lat":52.5{{id:000}},"lon":-1.5}""")
                .Append('\n');
        }

        File.WriteAllText(run, lines.ToString());
        string[] goal = what == "--output" ? ["--output", At("encoder.onnx")] : ["--compare"];

        (await GeotagRun.Of(["places", "train", "--input", run, .. goal])).Fails(
            ExitCode.Usage,
            "1 of the squares of 100 km",
            "smaller ones"
        );
        Assert.False(File.Exists(At("encoder.onnx")));
    }

    private static IEnumerable<string> Labels(Func<int, int> tag) =>
        [
            $"gridimage_id,{string.Join(',', TagCatalog.CompetitionColumns)}",
            .. Ids.Select(id => $"{id},{string.Join(',', TagCatalog.CompetitionColumns.Select((_, i) => i == tag(id) ? 1 : 0))}"),
        ];

    private string At(string name) => _directory.PathOf(name);

    private async Task EmbedAsync() =>
        (
            await GeotagRun.Of(
                "embed",
                "--photos",
                At("photos"),
                "--layout",
                "{id}.jpg",
                "--metadata",
                At("metadata.csv"),
                "--output",
                At("store"),
                "--bundle",
                _model.Bundle
            )
        ).Succeeds();

    private Task<GeotagRun> TrainAsync() =>
        GeotagRun.Of(
            "train",
            "--embeddings",
            At("store"),
            "--labels",
            At("train.csv"),
            "--head",
            "linear-img",
            "--epochs",
            "1",
            "--output",
            At("run")
        );

    private Task<GeotagRun> EvaluateAsync(string store, string? heads = null) =>
        GeotagRun.Of(
            "evaluate",
            "--embeddings",
            At(store),
            "--labels",
            At("train.csv"),
            "--heads",
            heads ?? At("run"),
            "--head",
            "linear-img"
        );

    private Task<GeotagRun> SubmitAsync(string store, string? heads = null) =>
        GeotagRun.Of("submit", "--embeddings", At(store), "--heads", heads ?? At("run"), "--head", "linear-img", "--output", At("out"));
}
