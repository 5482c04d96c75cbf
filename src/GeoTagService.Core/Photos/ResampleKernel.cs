namespace GeoTagService.Core.Photos;

/// <summary>
/// Weights of Pillow's bicubic filter (a = −0.5, widened when it shrinks) along one axis, for the outputs that a
/// centre crop keeps. Fixed point with 22 bits after the point, as Pillow's 8-bit path computes them.
/// </summary>
internal sealed class ResampleKernel
{
    /// <summary>Bits after the point: 32 less 8 for the pixel and 2 for overshoot.</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    /// <summary>Weights of one output are stored in whole groups of this many, zeros at the end.</summary>
    public const int GroupSize = 4;

    private const double Support = 2.0;

    private ResampleKernel(int inputSize, long outputSize, int taps, int stride, int[] starts, int[] counts, int[] weights)
    {
        InputSize = inputSize;
        OutputSize = outputSize;
        MaxTaps = taps;
        Stride = stride;
        Starts = starts;
        Counts = counts;
        Weights = weights;
        First = int.MaxValue;
        (WholeStarts, WholeWeights) = FillGroups(inputSize, stride, starts, counts, weights);
        for (var i = 0; i < starts.Length; i++)
        {
            First = Math.Min(First, Math.Min(starts[i], WholeStarts[i]));
            End = Math.Max(End, starts[i] + counts[i]);
        }
    }

    /// <summary>Pixels along the axis before resizing.</summary>
    public int InputSize { get; }

    /// <summary>Pixels along the axis after resizing, before the crop.</summary>
    public long OutputSize { get; }

    /// <summary>Most weights that an output has.</summary>
    public int MaxTaps { get; }

    /// <summary>Distance between two outputs' weights, a multiple of <see cref="GroupSize"/>.</summary>
    public int Stride { get; }

    /// <summary>First input pixel of each kept output.</summary>
    public int[] Starts { get; }

    /// <summary>Number of input pixels of each kept output.</summary>
    public int[] Counts { get; }

    /// <summary>Weights, <see cref="Stride"/> for each kept output.</summary>
    public int[] Weights { get; }

    /// <summary>First input pixel of each kept output when all of them take <see cref="Stride"/> pixels, with zeros before
    /// or behind their own weights: lets a vector treat several outputs alike without running off the row's end.</summary>
    public int[] WholeStarts { get; }

    /// <summary>Weights that go with <see cref="WholeStarts"/>.</summary>
    public int[] WholeWeights { get; }

    /// <summary>First input pixel that any kept output needs.</summary>
    public int First { get; }

    /// <summary>One past the last input pixel that any kept output needs.</summary>
    public int End { get; }

    /// <summary>Number of kept outputs.</summary>
    public int Length => Starts.Length;

    /// <summary>Computes the weights.</summary>
    /// <param name="inputSize">Pixels before resizing, at least 1.</param>
    /// <param name="outputSize">Pixels after resizing.</param>
    /// <param name="offset">First output that is kept.</param>
    /// <param name="count">Number of outputs that are kept.</param>
    /// <param name="reversed">Whether the stored pixels run against the axis: weights are mirrored, not recomputed, so
    /// that the result is that of turning the photo first.</param>
    public static ResampleKernel Create(int inputSize, long outputSize, long offset, int count, bool reversed = false)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(scale, 1.0);
        var support = Support * filterScale;
        var inverse = 1.0 / filterScale;
        var maxTaps = Math.Min(((int)Math.Ceiling(support) * 2) + 1, inputSize);
        var stride = (maxTaps + GroupSize - 1) / GroupSize * GroupSize;
        var starts = new int[count];
        var counts = new int[count];
        var weights = new int[count * stride];
        var exact = new double[maxTaps];
        for (var i = 0; i < count; i++)
        {
            var center = (offset + i + 0.5) * scale;
            var first = Math.Max((int)(center - support + 0.5), 0);
            var taps = Math.Min((int)(center + support + 0.5), inputSize) - first;
            var sum = 0.0;
            for (var x = 0; x < taps; x++)
            {
                exact[x] = Bicubic((x + first - center + 0.5) * inverse);
                sum += exact[x];
            }

            for (var x = 0; x < taps; x++)
            {
                var weight = sum != 0.0 ? exact[x] / sum : exact[x];
                var target = reversed ? taps - 1 - x : x;
                weights[(i * stride) + target] = (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << PrecisionBits)));
            }

            starts[i] = reversed ? inputSize - first - taps : first;
            counts[i] = taps;
        }

        return new ResampleKernel(inputSize, outputSize, maxTaps, stride, starts, counts, weights);
    }

    private static (int[] Starts, int[] Weights) FillGroups(int inputSize, int stride, int[] starts, int[] counts, int[] weights)
    {
        var wholeStarts = new int[starts.Length];
        var wholeWeights = new int[weights.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            wholeStarts[i] = Math.Max(Math.Min(starts[i], inputSize - stride), 0);
            weights.AsSpan(i * stride, counts[i]).CopyTo(wholeWeights.AsSpan((i * stride) + starts[i] - wholeStarts[i]));
        }

        return (wholeStarts, wholeWeights);
    }

    private static double Bicubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x < 1.0 ? ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1.0
            : x < 2.0 ? ((((x - 5.0) * x) + 8.0) * x - 4.0) * A
            : 0.0;
    }
}
