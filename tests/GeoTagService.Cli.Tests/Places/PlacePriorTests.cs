using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Tests.Places;

/// <summary>A place prior from a location encoder to tags, by the commands that a researcher would give.</summary>
public sealed class PlacePriorTests(TinyModel model) : IDisposable
{
    private const string Head = "linear-txt-prior";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Prior_IsTrainedServedShownAndEvaluated()
    {
        var places = _directory.PathOf("places");
        (await TrainPlaces(model.Bundle, places)).Succeeds();
        var (store, labels) = (_directory.PathOf("store"), _directory.PathOf("train.csv"));
        WriteStore(store, labels, BundleReader.OpenDirectory(places).Digest);
        var (run, made) = (_directory.PathOf("run"), _directory.PathOf("made"));

        var trained = await GeotagRun.Of([
            .. Train(store, labels, run, places),
            "--hold-out",
            "100km",
            "--validation-share",
            "0.3",
            "--bundle-output",
            made,
        ]);

        trained.Succeeds();
        Assert.Contains(Head, trained.Output, StringComparison.Ordinal);
        Assert.Contains("with its place prior", trained.Output, StringComparison.Ordinal);
        Assert.Contains("lie where the location encoder has something to say", trained.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("weights of the prior may come out too high", trained.Error, StringComparison.Ordinal);
        var head = BundleReader.OpenDirectory(made).Manifest.Heads.Single(head => head.Name == Head);
        Assert.Equal(TagCatalog.Count, head.PlacePrior!.Weights.Count);
        Assert.Contains(
            $"prior      {Head}",
            (await GeotagRun.Of("models", "show", "--bundle", made)).Succeeds(),
            StringComparison.Ordinal
        );

        // What was fitted on a few random photos says nothing: all of a place's log-odds do.
        EditManifest(
            made,
            manifest =>
                manifest["heads"]!.AsArray().Single(entry => $"{entry!["name"]}" == Head)!["placePrior"]!["weights"] = new JsonArray([
                    .. Enumerable.Repeat(1.0, TagCatalog.Count).Select(weight => JsonValue.Create(weight)),
                ])
        );
        var without = await Tag(made, "--title", "A canal");
        var with = await Tag(made, "--title", "A canal", "--lat", "54.5", "--lon", "-3.2");
        Assert.NotEqual(without, with);
        Assert.NotEqual(with, await Tag(made, "--title", "A canal", "--grid-reference", "J3374"));

        var json = _directory.PathOf("scores.json");
        (await GeotagRun.Of([.. Evaluate(store, labels, made), "--json", json])).Succeeds();
        using (var opened = EmbeddingStore.Open(store))
        {
            Assert.Equal([0f, 0f], RowOf(opened.Places([2]), 2));
            Assert.InRange(opened.Positions([2])[0]!.Value.Longitude, -8, -6.5);
            Assert.NotEqual([0f, 0f], RowOf(opened.Places([0]), 2));
        }

        (await GeotagRun.Of(Evaluate(store, labels, run))).Fails(2, $"{Head} takes a prior of places", "--bundle names the bundle");
        (await GeotagRun.Of([.. Evaluate(store, labels, run), "--bundle", model.Bundle])).Fails(2, "has another or none");
        (await GeotagRun.Of([.. Evaluate(store, labels, run), "--bundle", places])).Succeeds();
        (await TrainPlaces(made, _directory.PathOf("again"))).Fails(3, $"head '{Head}' has a place prior that was fitted with");
    }

    [Fact]
    public async Task EncoderThatKnowsTheHeldOutPhotos_IsWarnedOf()
    {
        var places = _directory.PathOf("places");
        (await TrainPlaces(model.Bundle, places)).Succeeds();
        var (store, labels) = (_directory.PathOf("store"), _directory.PathOf("train.csv"));
        WriteStore(store, labels, BundleReader.OpenDirectory(places).Digest);

        var trained = await GeotagRun.Of(Train(store, labels, _directory.PathOf("run"), places));

        trained.Succeeds();
        Assert.Contains(
            "here single photos are held out: weights of the prior may come out too high",
            trained.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task BundleWithoutEncoder_IsNamedWithWhatMakesOne()
    {
        (
            await GeotagRun.Of(
                "train",
                "--semi-synthetic",
                "500",
                "--place",
                "Prior",
                "--bundle",
                model.Bundle,
                "--output",
                _directory.PathOf("run")
            )
        ).Fails(2, "has no location encoder", "geotag places train");
        (
            await GeotagRun.Of(
                "train",
                "--semi-synthetic",
                "500",
                "--place",
                "Prior",
                "--head",
                "linear-loc",
                "--output",
                _directory.PathOf("run")
            )
        ).Fails(2, "uses nothing but the place");
        (await GeotagRun.Of("train", "--semi-synthetic", "500", "--place-strength", "9", "--output", _directory.PathOf("run"))).Fails(
            2,
            "--place-strength lies between 0 and 5"
        );
    }

    private static float[] RowOf(FeatureMatrix matrix, int columns)
    {
        var row = new float[columns];
        matrix.CopyRow(0, row);
        return row;
    }

    private static string[] Train(string store, string labels, string run, string bundle) =>
        [
            "train",
            "--embeddings",
            store,
            "--labels",
            labels,
            "--head",
            "linear-txt-loc",
            "--place",
            "Prior",
            "--epochs",
            "3",
            "--output",
            run,
            "--bundle",
            bundle,
        ];

    private static string[] Evaluate(string store, string labels, string heads) =>
        ["evaluate", "--embeddings", store, "--labels", labels, "--heads", heads, "--head", Head, "--all-photos"];

    private static Task<GeotagRun> TrainPlaces(string from, string to) =>
        GeotagRun.Of(
            "places",
            "train",
            "--semi-synthetic",
            "1500",
            "--place-strength",
            "2",
            "--dimension",
            "64",
            "--steps",
            "40",
            "--hold-out",
            "100km",
            "--validation-share",
            "0.3",
            "--bundle",
            from,
            "--bundle-output",
            to
        );

    private static async Task<string> Tag(string bundle, params string[] item)
    {
        var answer = (await GeotagRun.Of(["tag", "--bundle", bundle, "--head", Head, "--json", .. item])).Succeeds();
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty("probabilities").GetRawText();
    }

    private static void EditManifest(string bundle, Action<JsonNode> edit)
    {
        var path = Path.Combine(bundle, BundleManifest.FileName);
        var manifest = JsonNode.Parse(File.ReadAllText(path))!;
        edit(manifest);
        File.WriteAllText(path, manifest.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    private static void WriteStore(string store, string labels, string model)
    {
        const int Photos = 300;
        const int Dimension = 16;
        var random = new Random(3);
        using var table = new StreamWriter(labels);
        table.WriteLine($"{LabelTable.IdColumn},{string.Join(',', TagCatalog.CompetitionColumns)}");
        using var writer = EmbeddingStoreWriter.Open(
            store,
            new StoreLayout(StoreLayout.CurrentFormat, Dimension, StorePrecision.Fp32, model, 1024)
        );
        for (var photo = 1; photo <= Photos; photo++)
        {
            float[] vector = [.. Enumerable.Range(0, Dimension).Select(_ => (float)((random.NextDouble() * 2) - 1))];
            // A third lies in Ireland, where heads take no numbers of the place.
            var irish = photo % 3 == 0;
            var position = irish
                ? new GeoPosition(52.5 + (2 * random.NextDouble()), -8 + (1.5 * random.NextDouble()))
                : new GeoPosition(51 + (5 * random.NextDouble()), -3 + (2.5 * random.NextDouble()));
            var (latitude, longitude) = LocationFeatures.Encode(position);
            writer.Add(
                new StoreEntry(
                    photo,
                    RowParts.Image | RowParts.Title | (irish ? RowParts.PlaceElsewhere : RowParts.Place),
                    latitude,
                    longitude
                ),
                vector,
                vector
            );
            table.WriteLine($"{photo},{string.Join(',', TagCatalog.CompetitionColumns.Select((_, i) => i == photo % 5 ? 1 : 0))}");
        }

        writer.Commit();
    }
}
