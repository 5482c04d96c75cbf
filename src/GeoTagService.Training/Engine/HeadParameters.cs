using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Engine;

/// <summary>The trainable arrays of a head, row-major as PyTorch stores them.</summary>
public sealed class HeadParameters
{
    /// <summary>Names of the arrays of a linear head, in order.</summary>
    private static readonly string[] LinearNames = ["weight", "bias"];

    /// <summary>Names of the arrays of an MLP head, in order (the module numbers of the published heads).</summary>
    private static readonly string[] MlpNames = ["0.weight", "0.bias", "3.weight", "3.bias"];

    private HeadParameters(HeadKind kind, int inputs, int hidden, int tags)
    {
        Kind = kind;
        Inputs = inputs;
        Hidden = hidden;
        Tags = tags;
        Shapes =
            kind == HeadKind.Linear
                ?
                [
                    [tags, inputs],
                    [tags],
                ]
                :
                [
                    [hidden, inputs],
                    [hidden],
                    [tags, hidden],
                    [tags],
                ];
        Values = [.. Shapes.Select(shape => new float[shape.Aggregate(1L, (a, b) => a * b)])];
    }

    /// <summary>Linear or MLP.</summary>
    public HeadKind Kind { get; }

    /// <summary>Length of the input.</summary>
    public int Inputs { get; }

    /// <summary>Width of the hidden layer; 0 for a linear head.</summary>
    public int Hidden { get; }

    /// <summary>Number of tags.</summary>
    public int Tags { get; }

    /// <summary>Names of the arrays as in the published heads.</summary>
    public IReadOnlyList<string> Names => Kind == HeadKind.Linear ? LinearNames : MlpNames;

    /// <summary>Shapes of the arrays.</summary>
    public IReadOnlyList<long[]> Shapes { get; }

    /// <summary>The arrays: weight, bias (, weight, bias).</summary>
    public IReadOnlyList<float[]> Values { get; }

    /// <summary>All zero.</summary>
    public static HeadParameters Zeros(HeadKind kind, int inputs, int hidden, int tags) =>
        new(kind, inputs, kind == HeadKind.Linear ? 0 : hidden, tags);

    /// <summary>PyTorch's default for linear layers: weights and biases uniform within ±1/√(inputs of the layer).</summary>
    public static HeadParameters Initial(HeadKind kind, int inputs, int hidden, int tags, int seed)
    {
        var parameters = Zeros(kind, inputs, hidden, tags);
        var random = new Random(seed);
        for (var layer = 0; layer < parameters.Values.Count; layer += 2)
        {
            var bound = 1 / Math.Sqrt(parameters.Shapes[layer][1]);
            foreach (var array in new[] { parameters.Values[layer], parameters.Values[layer + 1] })
            {
                for (var i = 0; i < array.Length; i++)
                {
                    array[i] = (float)(((random.NextDouble() * 2) - 1) * bound);
                }
            }
        }

        return parameters;
    }

    /// <summary>A copy that does not change with this one.</summary>
    public HeadParameters Copy()
    {
        var copy = new HeadParameters(Kind, Inputs, Hidden, Tags);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Takes over the values of parameters of the same shape.</summary>
    public void CopyFrom(HeadParameters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var i = 0; i < Values.Count; i++)
        {
            other.Values[i].CopyTo(Values[i], 0);
        }
    }
}
