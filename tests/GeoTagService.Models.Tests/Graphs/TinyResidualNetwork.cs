using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>A residual network of a few channels, written as a file, and the same evaluated by plain loops.</summary>
internal sealed class TinyResidualNetwork
{
    private const int Size = 224,
        Channels = 4,
        Wide = 6;
    private const int WeightSteps = 63,
        Steps = 255;
    private readonly Dictionary<string, (long[] Shape, float[] Values)> _tensors = new(StringComparer.Ordinal);

    /// <summary>Random weights: two blocks, of which the second halves the photo; ranges as one random photo has them.</summary>
    /// <param name="dimension">Length of an embedding.</param>
    /// <param name="gate">Bias of the gate.</param>
    public TinyResidualNetwork(int dimension, float gate)
    {
        var random = new Random(5);
        Add("stem.mean", 0.5, 3);
        Layer("stem", Channels, 3, 7, 7);
        Layer("blocks.0.conv1", Channels, Channels, 3, 3);
        Layer("blocks.0.conv2", Channels, Channels, 3, 3);
        Layer("blocks.1.conv1", Wide, Channels, 3, 3);
        Layer("blocks.1.conv2", Wide, Wide, 3, 3);
        Layer("blocks.1.beside", Wide, Channels, 1, 1);
        Layer("projection", dimension, Channels + Wide);
        Layer("gate", 1, Channels + Wide);
        _tensors["gate.bias"] = ([1], [gate]);
        Run([.. Enumerable.Range(0, 3 * Size * Size).Select(_ => (float)((random.NextDouble() * 4) - 2))], Measure, isRounded: false);

        void Layer(string name, params long[] shape)
        {
            Add(name + ".weight", 0.4, shape);
            Add(name + ".bias", 0.4, shape[0]);
        }

        void Add(string name, double spread, params long[] shape)
        {
            var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)((random.NextDouble() - 0.5) * spread);
            }

            _tensors[name] = (shape, values);
        }
    }

    /// <summary>Takes a tensor away.</summary>
    public void Remove(string name) => _tensors.Remove(name);

    /// <summary>Gives a tensor another shape, of zeros.</summary>
    public void Replace(string name, params long[] shape) =>
        _tensors[name] = (shape, new float[shape.Aggregate(1L, (product, size) => product * size)]);

    /// <summary>Writes the file.</summary>
    public void Write(string path)
    {
        using var writer = new SafetensorsWriter(
            path,
            [.. _tensors.Select(tensor => new ArchivedTensor(tensor.Key, "float32", tensor.Value.Shape))]
        );
        foreach (var (name, (_, values)) in _tensors)
        {
            writer.Write(name, values);
        }
    }

    /// <summary>Gives a range other ends.</summary>
    public void ReplaceRange(string layer, float low, float high) => _tensors[layer + ".range"] = ([2], [low, high]);

    /// <summary>The network's own embedding of a photo, rounded as the graph rounds it.</summary>
    public double[] Embed(float[] pixels)
    {
        var seen = Run(pixels, Round, isRounded: true);
        var (shape, weight) = _tensors["projection.weight"];
        return
        [
            .. Enumerable
                .Range(0, (int)shape[0])
                .Select(row =>
                    seen.Select((value, column) => value * weight[(row * seen.Length) + column]).Sum()
                    + _tensors["projection.bias"].Values[row]
                ),
        ];
    }

    /// <summary>What the two blocks see on average.</summary>
    /// <param name="pixels">The photo.</param>
    /// <param name="see">Given the name of a range, values and whether Relu follows, the values to go on with.</param>
    /// <param name="isRounded">Whether weights are rounded.</param>
    private double[] Run(float[] pixels, Func<string, double[], bool, double[]> see, bool isRounded)
    {
        var x = pixels.Select((value, i) => (double)value - _tensors["stem.mean"].Values[i / (Size * Size)]).ToArray();
        (x, var edge) = Convolve(see("pixels", x, false), Size, "stem", 2, 3, 2);
        (x, edge) = Halve(see("stem", x, true), edge);
        (x, edge) = Block(x, edge, 0);
        var seen = Averages(x, edge);
        (x, edge) = Block(x, edge, 1);
        return [.. seen, .. Averages(x, edge)];

        (double[] X, int Edge) Block(double[] x, int edge, int block)
        {
            var name = $"blocks.{block}";
            var halves = _tensors.ContainsKey(name + ".beside.weight");
            var beside = halves ? see(name + ".beside", Convolve(x, edge, name + ".beside", 2, 0, 0).X, false) : x;
            var (y, smaller) = Convolve(x, edge, name + ".conv1", halves ? 2 : 1, 1, halves ? 0 : 1);
            (y, smaller) = Convolve(see(name + ".conv1", y, true), smaller, name + ".conv2", 1, 1, 1);
            y = see(name + ".conv2", y, false);
            return (see(name, [.. y.Zip(beside, (a, b) => a + b)], true), smaller);
        }

        (double[] X, int Edge) Convolve(double[] x, int edge, string name, int stride, int before, int behind) =>
            this.Convolve(x, edge, name, stride, before, behind, isRounded);
    }

    private double[] Measure(string name, double[] x, bool isRectified)
    {
        ReplaceRange(name, isRectified ? 0 : (float)x.Min(), (float)x.Max());
        return isRectified ? [.. x.Select(value => Math.Max(0, value))] : x;
    }

    private double[] Round(string name, double[] x, bool isRectified)
    {
        var range = _tensors[name + ".range"].Values;
        var step = (range[1] - range[0]) / Steps;
        double zero = MathF.Round(-range[0] / step);
        Assert.True(!isRectified || zero == 0);
        return [.. x.Select(value => (Math.Clamp(Math.Round(value / step) + zero, 0, Steps) - zero) * step)];
    }

    private (double[] X, int Edge) Convolve(double[] x, int edge, string name, int stride, int before, int behind, bool isRounded)
    {
        var (shape, weight) = _tensors[name + ".weight"];
        var (outputs, inputs, kernel) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        var rounded = isRounded ? Rounded(weight, outputs) : weight;
        var smaller = ((edge + before + behind - kernel) / stride) + 1;
        var y = new double[outputs * smaller * smaller];
        for (var at = 0; at < y.Length; at++)
        {
            var (output, row, column) = (at / (smaller * smaller), at / smaller % smaller, at % smaller);
            double sum = _tensors[name + ".bias"].Values[output];
            for (var tap = 0; tap < inputs * kernel * kernel; tap++)
            {
                var (input, down, across) = (tap / (kernel * kernel), tap / kernel % kernel, tap % kernel);
                var (r, c) = ((row * stride) + down - before, (column * stride) + across - before);
                if (r >= 0 && r < edge && c >= 0 && c < edge)
                {
                    sum += x[(((input * edge) + r) * edge) + c] * rounded[(output * inputs * kernel * kernel) + tap];
                }
            }

            y[at] = sum;
        }

        return (y, smaller);
    }

    private static float[] Rounded(float[] weight, int channels)
    {
        var length = weight.Length / channels;
        var rounded = new float[weight.Length];
        for (var channel = 0; channel < channels; channel++)
        {
            var step = weight.Skip(channel * length).Take(length).Max(MathF.Abs) / WeightSteps;
            for (var i = channel * length; i < (channel + 1) * length; i++)
            {
                rounded[i] = MathF.Round(weight[i] / step) * step;
            }
        }

        return rounded;
    }

    /// <summary>The largest of 3×3, every second place, with room before and none behind.</summary>
    private static (double[] X, int Edge) Halve(double[] x, int edge)
    {
        var smaller = edge / 2;
        var y = new double[x.Length / 4];
        for (var at = 0; at < y.Length; at++)
        {
            var (channel, row, column) = (at / (smaller * smaller), at / smaller % smaller, at % smaller);
            y[at] = Enumerable
                .Range(0, 9)
                .Select(tap => (Row: (2 * row) + (tap / 3) - 1, Column: (2 * column) + (tap % 3) - 1))
                .Where(place => place.Row >= 0 && place.Column >= 0)
                .Max(place => x[(((channel * edge) + place.Row) * edge) + place.Column]);
        }

        return (y, smaller);
    }

    private static double[] Averages(double[] x, int edge) => [.. x.Chunk(edge * edge).Select(channel => channel.Average())];
}
