using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Tests.Engine;

/// <summary>Repeats the trainer's steps in plain double precision, written down from the definitions: forward pass, dropout,
/// mean cross-entropy, gradients, AdamW, the schedule, the last, smaller batch, and MixUp.</summary>
public sealed class TrainingStepTests
{
    private const int Rows = 11;
    private const int Inputs = 6;
    private const int Hidden = 5;
    private const int Tags = 3;

    [Theory]
    [InlineData(HeadKind.Linear, false)]
    [InlineData(HeadKind.Linear, true)]
    [InlineData(HeadKind.Mlp, false)]
    [InlineData(HeadKind.Mlp, true)]
    public void Steps_EqualThePlainArithmetic(HeadKind kind, bool mixUp)
    {
        var (data, x) = Photos();
        var recipe = TrainingRecipe.For(Modalities.Image, kind, mixUp) with
        {
            BatchSize = 4,
            Epochs = 12,
            HiddenWidth = Hidden,
            WeightDecay = 0.3,
        };
        using var trainer = new HeadTrainer(data, new DatasetSplit([.. Enumerable.Range(0, Rows)], [0]), recipe, Tags, threads: 1);
        var plain = new PlainHead(kind, [.. trainer.Parameters.Values.Select(array => Array.ConvertAll(array, value => (double)value))]);
        var sizes = new List<int>();
        var epoch = 0;
        trainer.Stepped = step =>
        {
            // The cosine's half period is a quarter of 12 epochs.
            var rate = recipe.LearningRate * (1 + Math.Cos(Math.PI * epoch / 3)) / 2;
            var loss = plain.Step(Mix(x, data.Labels, step), step.Mask.ToArray(), rate, recipe.WeightDecay);

            sizes.Add(step.Rows.Length);
            Assert.Equal(loss, step.Loss, 1e-5);
            for (var i = 0; i < plain.Values.Length; i++)
            {
                AssertClose(plain.Gradients[i], step.Gradients[i], 1e-6);
                AssertClose(plain.Values[i], trainer.Parameters.Values[i], 1e-5);
            }
        };

        for (; epoch < 3; epoch++)
        {
            trainer.TrainEpoch(epoch, TestContext.Current.CancellationToken);
        }

        Assert.Equal([4, 4, 3, 4, 4, 3, 4, 4, 3], sizes);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.25)]
    public void Dropout_DropsItsShareAndScalesTheRest(double dropout)
    {
        const int Photos = 512,
            Width = 256;
        var data = new TrainingData(new ulong[Photos], new SingleFeatureMatrix(new float[Photos], 1), null, null);
        var recipe = TrainingRecipe.For(Modalities.Image, HeadKind.Mlp, mixUp: false) with { Dropout = dropout };
        using var trainer = new HeadTrainer(data, new DatasetSplit([.. Enumerable.Range(0, Photos)], [0]), recipe, Tags, threads: 1);
        var kept = 0;
        trainer.Stepped = step =>
        {
            Assert.All(step.Mask.ToArray().Where(factor => factor > 0), factor => Assert.Equal((float)(1 / (1 - dropout)), factor));
            kept = step.Mask.Span.Length - step.Mask.Span.Count(0);
        };

        trainer.TrainEpoch(0, TestContext.Current.CancellationToken);

        // Five standard errors of a share of 131,072 draws.
        Assert.Equal(1 - dropout, (double)kept / (Photos * Width), 5 * Math.Sqrt(dropout * (1 - dropout) / (Photos * Width)));
    }

    [Fact]
    public void StepExport_WritesEveryDrawAndTheParametersOfSomeSteps()
    {
        var (data, _) = Photos();
        var recipe = TrainingRecipe.For(Modalities.Image, HeadKind.Mlp, mixUp: true) with { BatchSize = 4, HiddenWidth = Hidden };
        var directory = Directory.CreateTempSubdirectory("geotag-steps-").FullName;
        try
        {
            StepExport.Write(directory, data, new DatasetSplit([.. Enumerable.Range(0, Rows)], [0]), recipe, Tags, steps: 4, threads: 1);

            Assert.Equal(
                [
                    "gradients-1",
                    "gradients-2",
                    "gradients-4",
                    "kept",
                    "lambdas",
                    "losses",
                    "parameters-0",
                    "parameters-1",
                    "parameters-2",
                    "parameters-4",
                    "partners",
                    "rows",
                    "sizes",
                ],
                Directory.GetFiles(directory).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)
            );
            // A header of 64 bytes or a multiple; the second epoch begins with a full batch.
            Assert.Equal(4 * (4 + 4 + 3 + 4), new FileInfo(Path.Combine(directory, "rows.npy")).Length % 64);
            Assert.Equal((4 + 4 + 3 + 4) * Hidden % 64, new FileInfo(Path.Combine(directory, "kept.npy")).Length % 64);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void InitialWeights_AreUniformWithinTheInverseRootOfTheLayersInputs()
    {
        var parameters = HeadParameters.Initial(HeadKind.Mlp, 1024, 256, 49, seed: 3);

        foreach (var (array, inputs) in parameters.Values.Zip([1024, 1024, 256, 256]))
        {
            var bound = 1 / Math.Sqrt(inputs);
            Assert.All(array, value => Assert.InRange(value, -bound, bound));
            Assert.True(array.Max() > 0.9 * bound && array.Min() < -0.9 * bound);
        }

        // A uniform variable's variance is a third of its bound's square.
        Assert.Equal(1 / 3.0 / 1024, parameters.Values[0].Average(value => (double)value * value), 1e-6);
        Assert.Equal(0, parameters.Values[0].Average(), 3e-4);
    }

    private static (TrainingData Data, float[][] Inputs) Photos()
    {
        var random = new Random(4);
        var x = Enumerable
            .Range(0, Rows)
            .Select(_ => Enumerable.Range(0, Inputs).Select(_ => (float)((random.NextDouble() * 4) - 2)).ToArray())
            .ToArray();
        ulong[] labels = [.. x.Select(_ => (ulong)random.Next(1, 1 << Tags))];
        return (new TrainingData(labels, new SingleFeatureMatrix([.. x.SelectMany(row => row)], Inputs), null, null), x);
    }

    /// <summary>The batch of a step: inputs and targets, λ of the row and the rest of its partner.</summary>
    private static (double[] Input, double[] Target)[] Mix(float[][] x, ulong[] labels, TrainingStep step)
    {
        var partners = step.Partners.Length == 0 ? step.Rows.ToArray() : step.Partners.ToArray();
        return
        [
            .. step
                .Rows.ToArray()
                .Zip(
                    partners,
                    (row, partner) =>
                        (
                            Input: x[row].Zip(x[partner], (a, b) => (step.Lambda * a) + ((1 - step.Lambda) * b)).ToArray(),
                            Target: Enumerable
                                .Range(0, Tags)
                                .Select(tag =>
                                    (step.Lambda * (labels[row] >> tag & 1)) + ((1 - step.Lambda) * (labels[partner] >> tag & 1))
                                )
                                .ToArray()
                        )
                ),
        ];
    }

    private static void AssertClose(double[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], tolerance);
        }
    }

    /// <summary>A head and AdamW in double precision, one photo and one number at a time.</summary>
    private sealed class PlainHead(HeadKind kind, double[][] values)
    {
        private readonly double[][] _first = [.. values.Select(array => new double[array.Length])];
        private readonly double[][] _second = [.. values.Select(array => new double[array.Length])];
        private int _steps;

        public double[][] Values { get; } = values;

        public double[][] Gradients { get; private set; } = [];

        public double Step((double[] Input, double[] Target)[] batch, float[] mask, double rate, double decay)
        {
            Gradients = [.. Values.Select(array => new double[array.Length])];
            var loss = 0.0;
            for (var n = 0; n < batch.Length; n++)
            {
                loss += Photo(batch[n].Input, batch[n].Target, mask.AsSpan(n * mask.Length / batch.Length), 1.0 / (batch.Length * Tags));
            }

            _steps++;
            for (var i = 0; i < Values.Length; i++)
            {
                for (var j = 0; j < Values[i].Length; j++)
                {
                    _first[i][j] = (0.9 * _first[i][j]) + (0.1 * Gradients[i][j]);
                    _second[i][j] = (0.999 * _second[i][j]) + (0.001 * Gradients[i][j] * Gradients[i][j]);
                    var mean = _first[i][j] / (1 - Math.Pow(0.9, _steps));
                    var square = _second[i][j] / (1 - Math.Pow(0.999, _steps));
                    Values[i][j] -= rate * decay * Values[i][j];
                    Values[i][j] -= rate * mean / (Math.Sqrt(square) + 1e-8);
                }
            }

            return loss;
        }

        private double Photo(double[] input, double[] target, ReadOnlySpan<float> mask, double weight)
        {
            var before = kind == HeadKind.Mlp ? Layer(0, input) : [];
            var hidden = new double[before.Length];
            for (var h = 0; h < hidden.Length; h++)
            {
                hidden[h] = Math.Max(0, before[h]) * mask[h];
            }

            var last = kind == HeadKind.Mlp ? hidden : input;
            var layer = Values.Length - 2;
            var loss = 0.0;
            var back = new double[hidden.Length];
            var logits = Layer(layer, last);
            for (var tag = 0; tag < Tags; tag++)
            {
                var p = 1 / (1 + Math.Exp(-logits[tag]));
                loss -= weight * ((target[tag] * Math.Log(p)) + ((1 - target[tag]) * Math.Log(1 - p)));
                var slope = weight * (p - target[tag]);
                AddGradient(layer, tag, slope, last);
                for (var h = 0; h < back.Length; h++)
                {
                    back[h] += slope * Values[layer][(tag * Hidden) + h];
                }
            }

            for (var h = 0; h < back.Length; h++)
            {
                AddGradient(0, h, before[h] > 0 ? back[h] * mask[h] : 0, input);
            }

            return loss;
        }

        private double[] Layer(int layer, double[] input) =>
            [
                .. Values[layer + 1]
                    .Select((bias, row) => bias + input.Select((value, i) => value * Values[layer][(row * input.Length) + i]).Sum()),
            ];

        private void AddGradient(int layer, int row, double slope, double[] input)
        {
            Gradients[layer + 1][row] += slope;
            for (var i = 0; i < input.Length; i++)
            {
                Gradients[layer][(row * input.Length) + i] += slope * input[i];
            }
        }
    }
}
