using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Evaluation;
using GeoTagService.Training.Scoring;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Tests.Evaluation;

public sealed class EvaluationTests
{
    [Fact]
    public void AveragePrecision_IsScikitLearns()
    {
        // sklearn.metrics.average_precision_score([0, 0, 1, 1], [.1, .4, .35, .8]) is 0.8333…
        Assert.Equal(0.8333, AveragePrecision.Of([-0.1f, -0.4f, -0.35f, -0.8f], [false, false, true, true]), 4);
        Assert.Equal(0.5, AveragePrecision.Of([0, 0, 0, 0], [true, false, true, false]), 6);
        Assert.Equal(0, AveragePrecision.Of([0, -1], [false, false]));
    }

    [Theory]
    [InlineData(3, 9, 0.1460)] // 2 · P(X ≤ 3), X ~ B(12, ½)
    [InlineData(0, 0, 1)]
    [InlineData(121, 59, 5.45e-6)] // χ² = (62 − 1)² / 180 = 20.67
    public void McNemar_HasTheKnownPValues(int a, int b, double p) =>
        Assert.InRange(McNemarTest.PValueOf(a, b), (p * 0.99) - 1e-9, (p * 1.01) + 1e-9);

    [Theory]
    [InlineData(0.0123, "p = 0.0123")]
    [InlineData(1e-9, "p < 0.0001")]
    public void SmallPValue_IsNotZero(double p, string says) => Assert.Equal(says, new McNemarTest("a", "b", 0, 0, p).Significance);

    [Fact]
    public void Report_CountsWhatTheHeadDoes()
    {
        // The head answers tag 0 when x₀ > 0 and tag 1 when x₁ > 0; the third photo is labelled otherwise.
        var london = LocationFeatures.Encode(new GeoPosition(51.51, -0.12));
        var data = new TrainingData(
            [1, 2, 2, 3],
            new SingleFeatureMatrix([9, -9, -9, 9, 9, -9, 9, 9], 2),
            null,
            new SingleFeatureMatrix([london.Latitude, london.Longitude, london.Latitude, london.Longitude, 0, 0, 0, 0], 2)
        );
        var head = Head();

        var evaluation = HeadEvaluation.Of(head, data, [0, 1, 2, 3], out var decided);
        var report = new EvaluationReport("four <photos>", [evaluation], [McNemarTest.Of("a", decided, "b", [1, 1, 1, 1], data.Labels)]);

        Assert.Equal([1UL, 2UL, 1UL, 3UL], decided);
        Assert.Equal(0.75, evaluation.ExactMatch);
        Assert.Equal(
            (2, 1, 0.75),
            (
                evaluation.ByTagCount.Count,
                evaluation.ByTagCount[1].ExactMatch,
                Math.Round(evaluation.ByTagCount.Sum(group => group.Photos * group.ExactMatch) / 4, 4)
            )
        );
        Assert.Equal([new GroupScore("TQ", 2, 1, 1), new GroupScore("none", 2, 0.5, 0.5)], evaluation.BySquare);
        Assert.Equal(1, Assert.Single(evaluation.Confusions).Photos);
        Assert.Equal(2.0 / 3, evaluation.Tags[0].Precision, 6);
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal(0.75, json.RootElement.GetProperty("heads")[0].GetProperty("exactMatch").GetDouble());
        var html = report.ToHtml();
        Assert.Contains("four &lt;photos&gt;", html, StringComparison.Ordinal);
        Assert.Contains("<tr><td>TQ</td><td>2</td><td>1.0000</td><td>1.0000</td></tr>", html, StringComparison.Ordinal);
        Assert.Equal(4, html.Split("<svg").Length - 1);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "http",
            html.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }

    private static HeadFile Head()
    {
        var weight = new float[49 * 2];
        (weight[0], weight[3]) = (1, 1);
        var bias = Enumerable.Repeat(-20f, 49).ToArray();
        (bias[0], bias[1]) = (0, 0);
        var weights = new HeadWeights("linear-img", HeadKind.Linear, Modalities.Image, false, [new HeadLayer(weight, bias, 2, 49)]);
        return new HeadFile("linear-img", Modalities.Image, HeadGraphWriter.Write(weights, 2).ToBytes(), [0.5f]);
    }
}
