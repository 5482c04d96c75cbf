using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Onnx;
using GeoTagService.Training.Engine;

namespace GeoTagService.Training.Tests.Engine;

/// <summary>Checks every gradient of the training graph against central finite differences of its own loss.</summary>
public sealed class TrainingGraphTests
{
    private const int Rows = 5;
    private const int Inputs = 7;
    private const int Hidden = 6;
    private const int Tags = 4;

    public static TheoryData<HeadKind, LossKind, double, double, double> Cases =>
        new()
        {
            { HeadKind.Linear, LossKind.BinaryCrossEntropy, 0, 0, 0 },
            { HeadKind.Mlp, LossKind.BinaryCrossEntropy, 0, 0, 0 },
            { HeadKind.Linear, LossKind.Focal, 0, 2, 0 },
            { HeadKind.Mlp, LossKind.Focal, 0, 1, 0 },
            { HeadKind.Linear, LossKind.Focal, 0, 1.5, 0 },
            { HeadKind.Linear, LossKind.Asymmetric, 0, 4, 0.05 },
            { HeadKind.Mlp, LossKind.Asymmetric, 1, 3, 0.02 },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_EqualFiniteDifferences(HeadKind kind, LossKind loss, double positiveGamma, double negativeGamma, double margin)
    {
        var recipe = TrainingRecipe.For(Modalities.Image, kind, mixUp: false) with
        {
            Loss = loss,
            PositiveGamma = positiveGamma,
            NegativeGamma = negativeGamma,
            NegativeMargin = margin,
        };
        var random = new Random(7);
        var parameters = HeadParameters.Initial(kind, Inputs, Hidden, Tags, 3);
        var x = Draw(random, Rows * Inputs, -2, 2);
        // Soft targets, as MixUp and label smoothing make them.
        var y = Draw(random, Rows * Tags, 0, 1);
        var mask = Draw(random, Rows * parameters.Hidden, 0, 1).Select(v => v < 0.5f ? 0f : 2f).ToArray();
        using var step = new Step(parameters, recipe, x, y, mask);
        step.Run();
        var analytic = step.Gradients.Select(g => (float[])g.Clone()).ToArray();

        for (var array = 0; array < parameters.Values.Count; array++)
        {
            for (var i = 0; i < parameters.Values[array].Length; i++)
            {
                var numeric = step.Slope(parameters.Values[array], i);
                Assert.Equal(numeric, analytic[array][i], 1e-3 * Math.Max(0.05, Math.Abs(numeric)) + 2e-4);
            }
        }

        Assert.Contains(analytic, g => g.Any(v => Math.Abs(v) > 0.01));
    }

    [Fact]
    public void BinaryCrossEntropy_StaysFiniteForHugeLogits()
    {
        var recipe = TrainingRecipe.For(Modalities.Image, HeadKind.Linear, mixUp: false);
        var parameters = HeadParameters.Zeros(HeadKind.Linear, 1, 0, 2);
        parameters.Values[0][0] = 500;
        parameters.Values[0][1] = -500;
        using var step = new Step(parameters, recipe, [1f], [0f, 1f], []);

        // Both decisions are as wrong as can be: the loss of each is the logit's size.
        Assert.Equal(500, step.Run(), 1e-3);
    }

    private static float[] Draw(Random random, int count, double low, double high) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(low + (random.NextDouble() * (high - low))))];

    private sealed class Step : IDisposable
    {
        private readonly OnnxGraphRunner _runner;
        private readonly float[] _loss = new float[1];

        public Step(HeadParameters parameters, TrainingRecipe recipe, float[] x, float[] y, float[] mask)
        {
            var rows = x.Length / parameters.Inputs;
            _runner = new OnnxGraphRunner(TrainingGraph.Training(parameters, recipe), 1);
            Gradients = [.. parameters.Values.Select(v => new float[v.Length])];
            _runner.BindInput(TrainingGraph.Input, x, rows, parameters.Inputs);
            _runner.BindInput(TrainingGraph.Target, y, rows, parameters.Tags);
            _runner.BindInput(TrainingGraph.Scale, new[] { 1f / (rows * parameters.Tags) });
            if (parameters.Hidden > 0)
            {
                _runner.BindInput(TrainingGraph.Mask, mask, rows, parameters.Hidden);
            }

            for (var i = 0; i < parameters.Names.Count; i++)
            {
                var shape = parameters.Shapes[i].ToArray();
                _runner.BindInput(parameters.Names[i], parameters.Values[i], shape);
                _runner.BindOutput(TrainingGraph.GradientOf(parameters.Names[i]), Gradients[i], shape);
            }

            _runner.BindOutput(TrainingGraph.Loss, _loss);
        }

        public float[][] Gradients { get; }

        public double Run()
        {
            _runner.Run();
            return _loss[0];
        }

        public double Slope(float[] values, int index)
        {
            const float H = 1e-2f;
            var original = values[index];
            values[index] = original + H;
            var above = Run();
            values[index] = original - H;
            var below = Run();
            values[index] = original;
            return (above - below) / (2 * H);
        }

        public void Dispose() => _runner.Dispose();
    }
}
