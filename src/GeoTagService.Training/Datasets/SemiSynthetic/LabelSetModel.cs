using System.Globalization;

namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>
/// A compact model of which tags go together: a mixture of independent Bernoulli tags, fitted to the frequencies of the
/// competition's label sets and pairs of tags (bench/peers/fit_label_set_model.py). It holds no photo's labels.
/// </summary>
internal sealed class LabelSetModel
{
    private readonly double[] _cumulative;
    private readonly float[][] _probabilities;

    private LabelSetModel(double[] cumulative, float[][] probabilities)
    {
        _cumulative = cumulative;
        _probabilities = probabilities;
    }

    /// <summary>Number of components.</summary>
    public int Components => _cumulative.Length;

    /// <summary>Number of tags.</summary>
    public int Tags => _probabilities[0].Length;

    /// <summary>Reads the fitted parameters inside this library.</summary>
    public static LabelSetModel Load()
    {
        const string Resource = "label-set-model.csv";
        using var stream =
            typeof(LabelSetModel).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the library was built without {Resource}");
        using var reader = new StreamReader(stream);
        var cumulative = new List<double>();
        var probabilities = new List<float[]>();
        var sum = 0.0;
        while (reader.ReadLine() is { } line)
        {
            var numbers = Array.ConvertAll(line.Split(','), text => int.Parse(text, CultureInfo.InvariantCulture));
            sum += numbers[0];
            cumulative.Add(sum);
            probabilities.Add([.. numbers.Skip(1).Select(tenths => (float)(1 / (1 + Math.Exp(-tenths / 10.0))))]);
        }

        return new LabelSetModel([.. cumulative.Select(value => value / sum)], [.. probabilities]);
    }

    /// <summary>Draws a photo's labels; never none.</summary>
    public (ulong Labels, int Component) Draw(ref RowRandom random)
    {
        while (true)
        {
            var at = Array.BinarySearch(_cumulative, random.NextDouble());
            var component = Math.Min(at < 0 ? ~at : at, Components - 1);
            var labels = 0UL;
            var probabilities = _probabilities[component];
            for (var tag = 0; tag < probabilities.Length; tag++)
            {
                if (random.NextDouble() < probabilities[tag])
                {
                    labels |= 1UL << tag;
                }
            }

            if (labels != 0)
            {
                return (labels, component);
            }
        }
    }
}
