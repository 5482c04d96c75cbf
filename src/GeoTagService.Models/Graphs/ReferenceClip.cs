using System.Numerics.Tensors;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// CLIP's forward pass in double precision, written as the paper's code states it, with no regard for speed: what a
/// converted graph is checked against. A photo through ViT-B/32 takes seconds.
/// </summary>
public sealed class ReferenceClip
{
    private const double LayerNormEpsilon = 1e-5;

    private readonly IClipWeights _weights;

    /// <summary>A reference over weights, which it does not own.</summary>
    public ReferenceClip(IClipWeights weights) => _weights = weights;

    /// <summary>Encodes one photo.</summary>
    /// <param name="pixels">Normalised, [3, size, size].</param>
    /// <returns>The raw projection.</returns>
    public double[] EncodeImage(ReadOnlySpan<float> pixels)
    {
        var geometry = _weights.Geometry;
        var (size, patch, width) = (geometry.Vision.ImageSize, geometry.Vision.PatchSize, geometry.Vision.Width);
        var grid = size / patch;
        var tokens = (grid * grid) + 1;
        var kernel = Read("visual.conv1.weight");
        var position = Read("visual.positional_embedding");
        var x = new double[tokens * width];
        Read("visual.class_embedding").CopyTo(x, 0);
        var cut = new double[3 * patch * patch];
        for (var token = 1; token < tokens; token++)
        {
            CutPatch(pixels, size, patch, (token - 1) / grid, (token - 1) % grid, cut);
            for (var i = 0; i < width; i++)
            {
                x[(token * width) + i] = TensorPrimitives.Dot<double>(kernel.AsSpan(i * cut.Length, cut.Length), cut);
            }
        }

        TensorPrimitives.Add<double>(x, position, x);
        x = LayerNorm(x, width, "visual.ln_pre");
        x = Blocks(x, tokens, width, geometry.Vision.Layers, geometry.Vision.AttentionHeads, false, "visual.");
        var pooled = LayerNorm(x[..width], width, "visual.ln_post");
        return Project(pooled, Read("visual.proj"), geometry.EmbeddingDimension);
    }

    /// <summary>Encodes one title.</summary>
    /// <param name="ids">Start token, ids, end token.</param>
    /// <param name="endToken">The end token; the first one is pooled.</param>
    /// <returns>The raw projection.</returns>
    public double[] EncodeTitle(ReadOnlySpan<int> ids, int endToken)
    {
        var geometry = _weights.Geometry;
        var width = geometry.Text.Width;
        var embedding = _weights.Read("token_embedding.weight");
        var position = _weights.Read("positional_embedding");
        var x = new double[ids.Length * width];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = (double)embedding[(ids[i / width] * width) + (i % width)] + position[i];
        }

        x = Blocks(x, ids.Length, width, geometry.Text.Layers, geometry.Text.AttentionHeads, true, string.Empty);
        var end = ids.IndexOf(endToken);
        var pooled = LayerNorm(x[(end * width)..((end + 1) * width)], width, "ln_final");
        return Project(pooled, Read("text_projection"), geometry.EmbeddingDimension);
    }

    private static void CutPatch(ReadOnlySpan<float> pixels, int size, int patch, int row, int column, double[] cut)
    {
        for (var i = 0; i < cut.Length; i++)
        {
            var (channel, y, x) = (i / (patch * patch), i / patch % patch, i % patch);
            cut[i] = pixels[(channel * size * size) + (((row * patch) + y) * size) + (column * patch) + x];
        }
    }

    private static double[] Project(double[] pooled, double[] projection, int dimension)
    {
        var result = new double[dimension];
        for (var i = 0; i < pooled.Length; i++)
        {
            for (var j = 0; j < dimension; j++)
            {
                result[j] += pooled[i] * projection[(i * dimension) + j];
            }
        }

        return result;
    }

    private double[] Blocks(double[] x, int tokens, int width, int layers, int heads, bool causal, string tower)
    {
        for (var layer = 0; layer < layers; layer++)
        {
            var block = $"{tower}transformer.resblocks.{layer}.";
            var normalised = LayerNorm(x, width, block + "ln_1");
            var qkv = Linear(normalised, width, 3 * width, block + "attn.in_proj_weight", block + "attn.in_proj_bias");
            var mixed = Attend(qkv, tokens, width, heads, causal);
            var attended = Linear(mixed, width, width, block + "attn.out_proj.weight", block + "attn.out_proj.bias");
            TensorPrimitives.Add<double>(x, attended, x);

            normalised = LayerNorm(x, width, block + "ln_2");
            var hidden = Linear(normalised, width, 4 * width, block + "mlp.c_fc.weight", block + "mlp.c_fc.bias");
            for (var i = 0; i < hidden.Length; i++)
            {
                hidden[i] /= 1 + Math.Exp(-1.702 * hidden[i]);
            }

            var output = Linear(hidden, 4 * width, width, block + "mlp.c_proj.weight", block + "mlp.c_proj.bias");
            TensorPrimitives.Add<double>(x, output, x);
        }

        return x;
    }

    private static double[] Attend(double[] qkv, int tokens, int width, int heads, bool causal)
    {
        var headWidth = width / heads;
        var mixed = new double[tokens * width];
        var scores = new double[tokens];
        for (var head = 0; head < heads; head++)
        {
            for (var query = 0; query < tokens; query++)
            {
                var visible = causal ? query + 1 : tokens;
                for (var key = 0; key < visible; key++)
                {
                    scores[key] = TensorPrimitives.Dot<double>(Part(query, 0), Part(key, 1)) / Math.Sqrt(headWidth);
                }

                TensorPrimitives.SoftMax<double>(scores.AsSpan(0, visible), scores.AsSpan(0, visible));
                var target = mixed.AsSpan((query * width) + (head * headWidth), headWidth);
                for (var key = 0; key < visible; key++)
                {
                    TensorPrimitives.MultiplyAdd(Part(key, 2), scores[key], target, target);
                }
            }

            ReadOnlySpan<double> Part(int token, int part) =>
                qkv.AsSpan((token * 3 * width) + (part * width) + (head * headWidth), headWidth);
        }

        return mixed;
    }

    private double[] LayerNorm(double[] x, int width, string name)
    {
        var scale = Read(name + ".weight");
        var bias = Read(name + ".bias");
        var result = new double[x.Length];
        for (var start = 0; start < x.Length; start += width)
        {
            var row = x.AsSpan(start, width);
            var mean = TensorPrimitives.Sum<double>(row) / width;
            var variance = (TensorPrimitives.SumOfSquares<double>(row) / width) - (mean * mean);
            var factor = 1 / Math.Sqrt(variance + LayerNormEpsilon);
            for (var i = 0; i < width; i++)
            {
                result[start + i] = ((row[i] - mean) * factor * scale[i]) + bias[i];
            }
        }

        return result;
    }

    private double[] Linear(double[] x, int inputs, int outputs, string weightName, string biasName)
    {
        var weight = Read(weightName);
        var bias = Read(biasName);
        var rows = x.Length / inputs;
        var result = new double[rows * outputs];
        Parallel.For(
            0,
            outputs,
            output =>
            {
                var column = weight.AsSpan(output * inputs, inputs);
                for (var row = 0; row < rows; row++)
                {
                    result[(row * outputs) + output] = TensorPrimitives.Dot<double>(x.AsSpan(row * inputs, inputs), column) + bias[output];
                }
            }
        );
        return result;
    }

    private double[] Read(string name)
    {
        var values = _weights.Read(name);
        var result = new double[values.Length];
        TensorPrimitives.ConvertChecked<float, double>(values, result);
        return result;
    }
}
