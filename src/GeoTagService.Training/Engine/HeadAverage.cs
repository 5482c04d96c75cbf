using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Engine;

/// <summary>
/// Averages the logits of several heads of one kind, as one head of that kind: the mean of the weights of linear heads;
/// of MLPs one whose hidden layer holds theirs side by side, with the output weights divided by their number.
/// </summary>
internal static class HeadAverage
{
    /// <summary>The head whose logits are the mean of theirs.</summary>
    /// <param name="heads">At least one, all of one shape.</param>
    /// <exception cref="ArgumentException">There is none, or their shapes differ.</exception>
    public static HeadParameters Of(IReadOnlyList<HeadParameters> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        if (
            heads.Count == 0
            || heads.Any(head =>
                (head.Kind, head.Inputs, head.Hidden, head.Tags) != (heads[0].Kind, heads[0].Inputs, heads[0].Hidden, heads[0].Tags)
            )
        )
        {
            throw new ArgumentException("heads of one shape are averaged, and at least one", nameof(heads));
        }

        var first = heads[0];
        var average = HeadParameters.Zeros(first.Kind, first.Inputs, first.Hidden * heads.Count, first.Tags);
        for (var i = 0; i < heads.Count; i++)
        {
            if (first.Kind == HeadKind.Mlp)
            {
                heads[i].Values[0].CopyTo(average.Values[0], i * first.Values[0].Length);
                heads[i].Values[1].CopyTo(average.Values[1], i * first.Hidden);
                AddShare(heads[i].Values[^2], first.Hidden, average.Values[^2], i * first.Hidden, heads.Count);
            }
            else
            {
                AddShare(heads[i].Values[^2], first.Inputs, average.Values[^2], 0, heads.Count);
            }

            AddShare(heads[i].Values[^1], first.Tags, average.Values[^1], 0, heads.Count);
        }

        return average;
    }

    /// <summary>Adds a matrix, divided, to columns of one of as many rows.</summary>
    private static void AddShare(float[] matrix, int columns, float[] sum, int at, int heads)
    {
        var rows = matrix.Length / columns;
        var width = sum.Length / rows;
        for (var i = 0; i < matrix.Length; i++)
        {
            sum[(i / columns * width) + at + (i % columns)] += matrix[i] / heads;
        }
    }
}
