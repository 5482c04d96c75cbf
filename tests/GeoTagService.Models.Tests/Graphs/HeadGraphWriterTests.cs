using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Graphs;

public sealed class HeadGraphWriterTests
{
    private const int Dimension = 5;

    [Theory]
    [InlineData(Modalities.Image, HeadKind.Linear)]
    [InlineData(Modalities.Title | Modalities.Location, HeadKind.Mlp)]
    [InlineData(Modalities.Image | Modalities.Title | Modalities.Location, HeadKind.Linear)]
    [InlineData(Modalities.Image | Modalities.Title | Modalities.Location, HeadKind.Mlp)]
    public void Head_TakesTheInputsItUsesInOrderAndEqualsPlainArithmetic(Modalities modalities, HeadKind kind)
    {
        var width = HeadGraphWriter.InputWidth(modalities, Dimension);
        var weights =
            kind == HeadKind.Linear
                ? Head(kind, modalities, Layer(4, width, 1))
                : Head(kind, modalities, Layer(6, width, 2), Layer(4, 6, 3));
        using var session = new InferenceSession(HeadGraphWriter.Write(weights, Dimension).ToBytes());
        string[] names = [.. Names(modalities)];
        Assert.Equal(names, session.InputMetadata.Keys);

        var row = Enumerable.Range(0, width).Select(i => MathF.Cos(i)).ToArray();
        var (logits, probabilities) = Run(session, names, row);

        var expected = Layers(weights, row);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(expected[i], logits[i], 1e-5);
            Assert.Equal(1 / (1 + Math.Exp(-expected[i])), probabilities[i], 1e-6);
        }
    }

    [Fact]
    public void LogitsFarBelowZero_KeepTheOrderOfTheirProbabilities()
    {
        float[] bias = [-40f, -30f, -20f, -60f];
        var head = Head(HeadKind.Linear, Modalities.Image, new HeadLayer(new float[4 * Dimension], bias, Dimension, 4));
        using var session = new InferenceSession(HeadGraphWriter.Write(head, Dimension).ToBytes());

        var (_, probabilities) = Run(session, ["image_embeds"], new float[Dimension]);

        Assert.Equal([2, 1, 0, 3], Enumerable.Range(0, 4).OrderByDescending(i => probabilities[i]));
        Assert.Equal(4, probabilities.Distinct().Count());
    }

    [Fact]
    public void HeadOfAnotherWidth_IsRefused()
    {
        var head = Head(HeadKind.Linear, Modalities.Image | Modalities.Location, Layer(4, Dimension + 1, 1));
        var error = Assert.Throws<ArgumentException>(() => HeadGraphWriter.Write(head, Dimension));
        Assert.StartsWith("head 'test' takes 6 numbers, but image + location of this CLIP give 7", error.Message, StringComparison.Ordinal);
    }

    private static HeadWeights Head(HeadKind kind, Modalities modalities, params HeadLayer[] layers) =>
        new("test", kind, modalities, MixUp: false, layers);

    private static IEnumerable<string> Names(Modalities modalities) =>
        new[] { (Modalities.Image, "image_embeds"), (Modalities.Title, "text_embeds"), (Modalities.Location, "location") }
            .Where(part => modalities.HasFlag(part.Item1))
            .Select(part => part.Item2);

    private static (float[] Logits, float[] Probabilities) Run(InferenceSession session, string[] names, float[] row)
    {
        var values = new List<OrtValue>();
        var start = 0;
        foreach (var name in names)
        {
            var width = name == "location" ? 2 : Dimension;
            values.Add(OrtValue.CreateTensorValueFromMemory(row[start..(start + width)], [1, width]));
            start += width;
        }

        using var options = new RunOptions();
        using var results = session.Run(options, names, values, ["logits", "probabilities"]);
        values.ForEach(value => value.Dispose());
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static double[] Layers(HeadWeights weights, float[] row)
    {
        var x = Array.ConvertAll(row, value => (double)value);
        for (var i = 0; i < weights.Layers.Count; i++)
        {
            var layer = weights.Layers[i];
            var y = new double[layer.Outputs];
            for (var output = 0; output < layer.Outputs; output++)
            {
                y[output] = layer.Bias[output];
                for (var input = 0; input < layer.Inputs; input++)
                {
                    y[output] += layer.Weight[(output * layer.Inputs) + input] * (i == 0 ? x[input] : Math.Max(0, x[input]));
                }
            }

            x = y;
        }

        return x;
    }

    private static HeadLayer Layer(int outputs, int inputs, int seed)
    {
        var random = new Random(seed);
        return new HeadLayer(Values(outputs * inputs), Values(outputs), inputs, outputs);

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
    }
}
