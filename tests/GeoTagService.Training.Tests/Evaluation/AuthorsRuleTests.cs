using System.Text.Json;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Evaluation;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

namespace GeoTagService.Training.Tests.Evaluation;

/// <summary>Every head of the ablation on a store of 200 photos, beside plain arithmetic in double precision: a label array of
/// zeros and ones, <c>sigmoid(logits) &gt; 0.5</c>, rows that are equal, F1 by tag and its mean.</summary>
public sealed class AuthorsRuleTests : IDisposable
{
    private const int Photos = 200;
    private const int Dimension = 12;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("geotag-rules");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void AllHeads_ScoreAsPlainArithmeticDoes_WithoutAndWithTheFallback()
    {
        WriteStore();
        using var photos = PhotoSet.Labelled(Store, LabelTable.Read(Labels));
        var random = new Random(11);
        var evaluations = new List<HeadEvaluation>();
        var differing = 0;
        foreach (var name in Names())
        {
            var weights = Weights(name, random);
            var file = new HeadFile($"{name}", name.Modalities, HeadGraphWriter.Write(weights, Dimension).ToBytes(), [0.5f]);

            var evaluation = HeadEvaluation.Of(file, photos.Data, [.. Enumerable.Range(0, Photos)], out _);

            var (exact, f1) = Plain(weights, photos.Data, fallback: false);
            var (exactFilled, f1Filled) = Plain(weights, photos.Data, fallback: true);
            Assert.Equal(exact, evaluation.ExactMatch, 1e-6);
            Assert.Equal(f1, evaluation.MacroF1, 1e-6);
            Assert.Equal(exactFilled, evaluation.ExactMatchWithFallback, 1e-6);
            Assert.Equal(f1Filled, evaluation.MacroF1WithFallback, 1e-6);
            differing += exact < exactFilled ? 1 : 0;
            evaluations.Add(evaluation);
        }

        Assert.Equal(24, evaluations.Count);
        Assert.Equal(24, differing);
        using var json = JsonDocument.Parse(new EvaluationReport("photos", evaluations, []).ToJson());
        var heads = json.RootElement.GetProperty("heads").EnumerateArray().ToArray();
        Assert.Equal(evaluations.Select(head => head.ExactMatch), heads.Select(head => head.GetProperty("exactMatch").GetDouble()));
        Assert.Equal(evaluations.Select(head => head.MacroF1), heads.Select(head => head.GetProperty("macroF1").GetDouble()));
        Assert.Equal(
            evaluations.Select(head => head.ExactMatchWithFallback),
            heads.Select(head => head.GetProperty("exactMatchWithFallback").GetDouble())
        );
        Assert.Equal(
            evaluations.Select(head => head.MacroF1WithFallback),
            heads.Select(head => head.GetProperty("macroF1WithFallback").GetDouble())
        );
        Assert.All(heads, head => Assert.Equal("threshold", head.GetProperty("decision").GetString()));
    }

    [Fact]
    public void DetailsFollowTheDecisionAskedFor()
    {
        WriteStore();
        using var photos = PhotoSet.Labelled(Store, LabelTable.Read(Labels));
        var name = HeadName.Parse("linear-img-txt");
        var file = new HeadFile(
            $"{name}",
            name.Modalities,
            HeadGraphWriter.Write(Weights(name, new Random(11)), Dimension).ToBytes(),
            [0.5f]
        );
        int[] rows = [.. Enumerable.Range(0, Photos)];

        var threshold = HeadEvaluation.Of(file, photos.Data, rows, out var above);
        var fallback = HeadEvaluation.Of(file.DecidingWithFallback(), photos.Data, rows, out var decided);

        Assert.Equal((threshold.ExactMatch, threshold.ExactMatchWithFallback), (fallback.ExactMatch, fallback.ExactMatchWithFallback));
        Assert.Equal((threshold.ExactMatch, fallback.ExactMatchWithFallback), (threshold.DecidedExactMatch, fallback.DecidedExactMatch));
        Assert.Contains(0UL, above);
        Assert.DoesNotContain(0UL, decided);
        Assert.NotEqual(threshold.HammingLoss, fallback.HammingLoss);
        Assert.Equal(("linear-img-txt-fallback", "fallback"), (fallback.Head, fallback.Decision));
    }

    private static IEnumerable<HeadName> Names() =>
        from kind in Enum.GetValues<HeadKind>()
        from parts in new[] { "img", "txt", "img-txt", "img-loc", "txt-loc", "img-txt-loc" }
        from mixUp in new[] { string.Empty, "-mixup" }
        select HeadName.Parse($"{(kind == HeadKind.Mlp ? "mlp" : "linear")}-{parts}{mixUp}");

    /// <summary>Weights that know the first tags, with a bias that leaves some photos without any tag above a half.</summary>
    private static HeadWeights Weights(HeadName name, Random random)
    {
        var inputs = HeadGraphWriter.InputWidth(name.Modalities, Dimension);
        var bias = Enumerable.Range(0, TagCatalog.Count).Select(tag => tag < 4 ? -0.6f : -6).ToArray();
        var linear = Enumerable
            .Range(0, TagCatalog.Count * inputs)
            .Select(i => (i % inputs == i / inputs && i / inputs < 4 ? 2f : 0) + ((float)random.NextDouble() * 0.1f))
            .ToArray();
        if (name.Kind == HeadKind.Linear)
        {
            return new HeadWeights(
                $"{name}",
                name.Kind,
                name.Modalities,
                name.MixUp,
                [new HeadLayer(linear, bias, inputs, TagCatalog.Count)]
            );
        }

        // A hidden unit for each sign of each input, so that the second layer gets the linear head's sums back.
        var first = new float[2 * inputs * inputs];
        var second = new float[TagCatalog.Count * 2 * inputs];
        for (var i = 0; i < inputs; i++)
        {
            (first[(2 * i * inputs) + i], first[(((2 * i) + 1) * inputs) + i]) = (1, -1);
            for (var tag = 0; tag < TagCatalog.Count; tag++)
            {
                second[(tag * 2 * inputs) + (2 * i)] = linear[(tag * inputs) + i];
                second[(tag * 2 * inputs) + (2 * i) + 1] = -linear[(tag * inputs) + i];
            }
        }

        return new HeadWeights(
            $"{name}",
            name.Kind,
            name.Modalities,
            name.MixUp,
            [new HeadLayer(first, new float[2 * inputs], inputs, 2 * inputs), new HeadLayer(second, bias, 2 * inputs, TagCatalog.Count)]
        );
    }

    private static (double ExactMatch, double MacroF1) Plain(HeadWeights head, TrainingData data, bool fallback)
    {
        var exact = 0;
        var (hits, said, real) = (new int[TagCatalog.Count], new int[TagCatalog.Count], new int[TagCatalog.Count]);
        for (var row = 0; row < data.Rows; row++)
        {
            var probabilities = Forward(head, Input(head, data, row)).Select(z => 1 / (1 + Math.Exp(-z))).ToArray();
            var chosen = probabilities.Select(p => p > 0.5).ToArray();
            if (fallback && !chosen.Contains(true))
            {
                chosen[Array.IndexOf(probabilities, probabilities.Max())] = true;
            }

            var right = Enumerable.Range(0, TagCatalog.Count).Select(tag => (data.Labels[row] >> tag & 1) == 1).ToArray();
            exact += chosen.SequenceEqual(right) ? 1 : 0;
            for (var tag = 0; tag < TagCatalog.Count; tag++)
            {
                hits[tag] += chosen[tag] && right[tag] ? 1 : 0;
                said[tag] += chosen[tag] ? 1 : 0;
                real[tag] += right[tag] ? 1 : 0;
            }
        }

        var f1 = Enumerable
            .Range(0, TagCatalog.Count)
            .Average(tag => said[tag] + real[tag] == 0 ? 0 : 2.0 * hits[tag] / (said[tag] + real[tag]));
        return ((double)exact / data.Rows, f1);
    }

    private static double[] Forward(HeadWeights head, double[] x)
    {
        for (var layer = 0; layer < head.Layers.Count; layer++)
        {
            var (weight, bias) = (head.Layers[layer].Weight, head.Layers[layer].Bias);
            x = [.. bias.Select((b, i) => b + x.Select((v, j) => v * weight[(i * x.Length) + j]).Sum())];
            x = layer < head.Layers.Count - 1 ? [.. x.Select(v => Math.Max(v, 0))] : x;
        }

        return x;
    }

    private static double[] Input(HeadWeights head, TrainingData data, int row) =>
        [
            .. data.Select(head.Modalities)
                .SelectMany(part =>
                {
                    var values = new float[part.Columns];
                    part.CopyRow(row, values);
                    return values.Select(value => (double)value);
                }),
        ];

    private string Store => Path.Combine(_directory.FullName, "store");

    private string Labels => Path.Combine(_directory.FullName, "train.csv");

    private void WriteStore()
    {
        var random = new Random(3);
        using var labels = new StreamWriter(Labels);
        labels.WriteLine($"{LabelTable.IdColumn},{string.Join(',', TagCatalog.CompetitionColumns)}");
        using var writer = EmbeddingStoreWriter.Open(
            Store,
            new StoreLayout(StoreLayout.CurrentFormat, Dimension, StorePrecision.Fp32, "model", 64)
        );
        for (var photo = 1; photo <= Photos; photo++)
        {
            var image = Enumerable.Range(0, Dimension).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray();
            var set = Enumerable
                .Range(0, 4)
                .Where(tag => image[tag] > 0.2)
                .DefaultIfEmpty(random.Next(4))
                .Aggregate(0UL, (bits, tag) => bits | (1UL << tag));
            writer.Add(
                new StoreEntry(
                    photo,
                    RowParts.Image | RowParts.Title | RowParts.Place,
                    (float)random.NextDouble(),
                    (float)random.NextDouble()
                ),
                image,
                image
            );
            var columns = TagCatalog.CompetitionColumns.Select(column =>
                TagCatalog.TryGet(column, out var tag) && (set >> tag.HeadRow & 1) == 1 ? 1 : 0
            );
            labels.WriteLine($"{photo},{string.Join(',', columns)}");
        }

        writer.Commit();
    }
}
