using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Publishing;
using GeoTagService.Training.Runs;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

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
        Assert.Throws<OperationCanceledException>(() =>
            TrainingRun.Execute(
                Data(),
                Settings(),
                stopped,
                onEpoch: report => Stop(report, stop),
                threads: 1,
                cancellationToken: stop.Token
            )
        );

        var result = TrainingRun.Execute(
            Data(),
            Settings(),
            stopped,
            resume: true,
            threads: 1,
            cancellationToken: TestContext.Current.CancellationToken
        );

        Assert.Equal(6, result.Epochs.Count);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole, "linear-img.onnx")),
            File.ReadAllBytes(Path.Combine(stopped, "linear-img.onnx"))
        );
        Assert.Equal(6, File.ReadAllLines(Path.Combine(stopped, "linear-img.log.jsonl")).Length);
        Assert.Equal(HeadNotes.ReadBeside(whole)["linear-img"].ExactMatch, HeadNotes.ReadBeside(stopped)["linear-img"].ExactMatch);
    }

    [Fact]
    public void CheckpointOfOtherSettingsOrDamaged_IsRefused()
    {
        var directory = PathOf("run");
        TrainingRun.Execute(Data(), Settings(), directory, threads: 1, cancellationToken: TestContext.Current.CancellationToken);
        void Resume(RunSettings settings) =>
            TrainingRun.Execute(
                Data(),
                settings,
                directory,
                resume: true,
                threads: 1,
                cancellationToken: TestContext.Current.CancellationToken
            );

        Assert.Contains(
            "other settings",
            Assert.Throws<InvalidDataException>(() => Resume(Settings() with { SplitSeed = 7 })).Message,
            StringComparison.Ordinal
        );
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
            Data(dimension),
            Settings(dimension),
            directory,
            threads: 1,
            cancellationToken: TestContext.Current.CancellationToken
        );

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

    [Fact]
    public void TrainedHead_IsRankedBesideTheBundlesOwn_WhereTheseAreMeasuredOnItsPhotos()
    {
        var source = BundleReader.OpenEmbedded();
        using var photos = PhotoSet.Labelled(Store(source), LabelTable.Read(PathOf("train.csv")));
        var settings = Settings(photos.EmbeddingDimension) with { Data = photos.Description, Rows = photos.Data.Rows, MostTags = 0 };
        TrainingRun.Execute(photos.Data, settings, PathOf("run"), threads: 1, cancellationToken: TestContext.Current.CancellationToken);
        var rows = photos.Data.Split(settings.SplitSeed, settings.ValidationShare, settings.MostTags).Validation;

        Assert.True(HeldOutFigures.CanMeasure(source, photos));
        var figures = HeldOutFigures.Of(source, photos, rows, TestContext.Current.CancellationToken);
        var bundle = BundleExtension.AddHeads(source, PathOf("run"), ["linear-img"], PathOf("bundle"), figures);
        var unmeasured = BundleExtension.AddHeads(source, PathOf("run"), ["linear-img"], PathOf("unmeasured"));

        // The photos' embeddings are noise but for their first numbers, which the trained head alone knows how to read.
        var choice = Choose(bundle);
        Assert.Equal("linear-img", choice.Head.Name);
        Assert.Contains("exact match", choice.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("not ranked", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("linear-img was measured on other photos", Choose(unmeasured).Reason, StringComparison.Ordinal);
        var trained = bundle.Manifest.Heads.Single(head => head.Name == "linear-img").Metrics;
        Assert.All(
            bundle.Manifest.Heads.Where(head => head.Name != "linear-img"),
            head => Assert.Equal(trained.Split, Assert.Single(head.Metrics.Further!).Split)
        );
        Assert.True(HeldOutFigures.CanMeasure(bundle, photos), "photos of the bundle that it was extended from");
        Assert.Equal(bundle.Digest, BundleReader.OpenDirectory(PathOf("bundle")).Digest);

        static HeadChoice Choose(Bundle bundle) =>
            new HeadSelector(
                [
                    .. bundle.Manifest.Heads.Select(head => new HeadDescriptor(
                        head.Name,
                        head.Modalities,
                        head.Kind,
                        head.MixUp,
                        head.Metrics,
                        head.Thresholds
                    )),
                ],
                new TaggingOptions()
            )
                .Choose(Modalities.Image, null)
                .Value!;
    }

    private string Store(Bundle bundle)
    {
        var dimension = bundle.Manifest.Geometry.EmbeddingDimension;
        var random = new Random(3);
        using var labels = new StreamWriter(PathOf("train.csv"));
        labels.WriteLine($"{LabelTable.IdColumn},{string.Join(',', TagCatalog.CompetitionColumns)}");
        using var writer = EmbeddingStoreWriter.Open(
            PathOf("store"),
            new StoreLayout(StoreLayout.CurrentFormat, dimension, StorePrecision.Fp32, bundle.Digest, 256)
        );
        for (var photo = 1; photo <= 400; photo++)
        {
            var image = Enumerable.Range(0, dimension).Select(i => (float)((random.NextDouble() * 2) - 1) * (i < 2 ? 8 : 0.1f)).ToArray();
            var set = (image[0] > 0 ? 1UL : 2UL) | (image[1] > 0 ? 4UL : 8UL);
            writer.Add(new StoreEntry(photo, RowParts.Image | RowParts.Title, 0, 0), image, image);
            labels.WriteLine(
                $"{photo},{string.Join(',', TagCatalog.CompetitionColumns.Select(column => TagCatalog.TryGet(column, out var tag) && (set >> tag.HeadRow & 1) == 1 ? 1 : 0))}"
            );
        }

        writer.Commit();
        return PathOf("store");
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

    private static RunSettings Settings(int dimension = 8) =>
        new()
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
