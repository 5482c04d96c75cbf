using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Publishing;
using GeoTagService.Training.Runs;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-run-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void StoppedRun_GoesOnToTheSameHead()
    {
        var whole = PathOf("whole");
        var stopped = PathOf("stopped");
        TrainingRun.Execute(Data(), Settings(), whole, threads: 1, cancellationToken: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TrainingRun.Execute(
            Data(), Settings(), stopped, onEpoch: report => Stop(report, stop), threads: 1, cancellationToken: stop.Token));

        var result = TrainingRun.Execute(
            Data(), Settings(), stopped, resume: true, threads: 1, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(6, result.Epochs.Count);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "linear-img.onnx")), File.ReadAllBytes(Path.Combine(stopped, "linear-img.onnx")));
        Assert.Equal(6, File.ReadAllLines(Path.Combine(stopped, "linear-img.log.jsonl")).Length);
        Assert.Equal(
            HeadNotes.ReadBeside(whole)["linear-img"].ExactMatch, HeadNotes.ReadBeside(stopped)["linear-img"].ExactMatch);
    }

    [Fact]
    public void CheckpointOfOtherSettingsOrDamaged_IsRefused()
    {
        var directory = PathOf("run");
        TrainingRun.Execute(Data(), Settings(), directory, threads: 1, cancellationToken: TestContext.Current.CancellationToken);
        void Resume(RunSettings settings) => TrainingRun.Execute(
            Data(), settings, directory, resume: true, threads: 1, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Contains("other settings", Assert.Throws<InvalidDataException>(() => Resume(Settings() with { SplitSeed = 7 })).Message, StringComparison.Ordinal);
        var path = Path.Combine(directory, "linear-img.checkpoint");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
        Assert.Contains("damaged", Assert.Throws<InvalidDataException>(() => Resume(Settings())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainedHead_TakesItsPlaceInABundle()
    {
        var directory = PathOf("run");
        var source = BundleReader.OpenEmbedded();
        var dimension = source.Manifest.Geometry.EmbeddingDimension;
        TrainingRun.Execute(
            Data(dimension), Settings(dimension), directory, threads: 1, cancellationToken: TestContext.Current.CancellationToken);

        var bundle = BundleExtension.AddHeads(source, directory, ["linear-img"], PathOf("bundle"));

        Assert.NotEqual(source.Digest, bundle.Digest);
        Assert.Equal(source.Manifest.Heads.Select(head => head.Name), bundle.Manifest.Heads.Select(head => head.Name));
        var head = bundle.Manifest.Heads.Single(head => head.Name == "linear-img");
        Assert.Equal(File.ReadAllBytes(Path.Combine(directory, "linear-img.onnx")), bundle.ReadAllBytes(head.File));
        Assert.Equal(HeadNotes.ReadBeside(directory)["linear-img"].ExactMatch, head.Metrics.ExactMatch);
        Assert.Throws<BundleException>(() => BundleExtension.AddHeads(source, directory, ["linear-img"], PathOf("bundle")));
        Assert.Throws<BundleException>(() => BundleExtension.AddHeads(source, directory, ["mlp-img"], PathOf("other")));
        Assert.False(Directory.Exists(PathOf("other")));
    }

    [Theory]
    [InlineData(HeadKind.Linear)]
    [InlineData(HeadKind.Mlp)]
    public void AveragedHead_HasTheMeanOfItsMembersLogits(HeadKind kind)
    {
        var directory = PathOf("average");
        var name = kind == HeadKind.Linear ? "linear-img" : "mlp-img";
        var settings = Settings() with
        {
            Head = name,
            Recipe = TrainingRecipe.For(Modalities.Image, kind, false) with { Epochs = 2, BatchSize = 64, HiddenWidth = 5, Seed = 3 },
            Calibrate = false,
            Members = 3,
        };

        var result = TrainingRun.Execute(Data(), settings, directory, threads: 1, cancellationToken: TestContext.Current.CancellationToken);

        var wanted = new float[200 * TagCatalog.Count];
        foreach (var seed in new[] { 3, 4, 5 })
        {
            var member = Logits(Path.Combine(directory, "members", $"{seed}"), name);
            for (var i = 0; i < wanted.Length; i++)
            {
                wanted[i] += member[i] / 3;
            }
        }

        var average = Logits(directory, name);
        Assert.All(average.Zip(wanted), pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
        Assert.NotEqual(Logits(Path.Combine(directory, "members", "3"), name), average);
        Assert.Equal(result.Best.ExactMatch, HeadNotes.ReadBeside(directory)[name].ExactMatch);
    }

    /// <summary>Logits of a published head on all rows, by its file.</summary>
    private static float[] Logits(string directory, string head)
    {
        var file = Assert.Single(HeadFiles.Read(directory, [head]));
        var probabilities = new float[200 * TagCatalog.Count];
        using var scorer = new GraphScorer(file, Data());
        scorer.Score([.. Enumerable.Range(0, 200)], probabilities);
        return Array.ConvertAll(probabilities, p => MathF.Log(p / (1 - p)));
    }

    private static void Stop(EpochReport report, CancellationTokenSource stop)
    {
        if (report.Epoch == 2)
        {
            stop.Cancel();
        }
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private static RunSettings Settings(int dimension = 8) => new()
    {
        Head = "linear-img",
        Data = "test",
        Rows = 200,
        EmbeddingDimension = dimension,
        Recipe = TrainingRecipe.For(Modalities.Image, HeadKind.Linear, false) with { Epochs = 6, BatchSize = 64 },
        Calibrate = true,
    };

    private static TrainingData Data(int dimension = 8)
    {
        var random = new Random(5);
        var values = Enumerable.Range(0, 200 * dimension).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var labels = Enumerable.Range(0, 200).Select(row => values[row * dimension] > 0 ? 1UL : 2UL).ToArray();
        return new TrainingData(labels, new SingleFeatureMatrix(values, dimension), null, null);
    }
}
