using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;

namespace GeoTagService.Models.Weights;

/// <summary>
/// Weights of a residual network that sees photographs beside a photo tower of CLIP's kind that does not: a stem, blocks of two
/// 3×3 convolutions, a projection of what the last two blocks see, averaged over the photo, and a gate that tells from the same
/// numbers which of the two is to answer. Normalisation is folded into the convolutions.
/// </summary>
/// <remarks>Names: <c>stem.mean</c> [3], <c>stem.weight</c> [c, 3, 7, 7], <c>stem.bias</c>; for each block
/// <c>blocks.N.conv1.weight</c>, <c>.bias</c>, <c>blocks.N.conv2.…</c> and, where it halves the photo, <c>blocks.N.beside.…</c>
/// with 1×1; <c>projection.weight</c> [d, width], <c>projection.bias</c>;
/// <c>gate.weight</c> [1, width], <c>gate.bias</c>, whose sigmoid is CLIP's share. For each convolution, for each block (what it
/// gives after Relu) and for <c>pixels</c> a range [2] that was measured on photos: <c>stem.range</c>,
/// <c>blocks.N.conv1.range</c>, <c>blocks.N.range</c>, …; from 0 where Relu follows.</remarks>
public sealed class ResidualNetwork : IDisposable
{
    /// <summary>The last so many blocks are averaged and joined.</summary>
    public const int PooledBlocks = 2;

    /// <summary>Name of the range of what the stem takes.</summary>
    public const string Pixels = "pixels";

    /// <summary>Edge of the crop, pixels.</summary>
    public const int ImageSize = 224;

    private const int MostBlocks = 64;
    private const string RangeSuffix = ".range";

    private readonly ITensorArchive _archive;

    private ResidualNetwork(ITensorArchive archive, BundleGeometry beside)
    {
        _archive = archive;
        Blocks = Enumerable.Range(0, MostBlocks).TakeWhile(block => archive.Tensors.ContainsKey($"blocks.{block}.conv1.weight")).Count();
        if (Blocks < PooledBlocks)
        {
            throw new BundleException($"the photo network has {Blocks} blocks; at least {PooledBlocks} are expected");
        }

        var width = 3L;
        width = Require("stem", width, 7);
        var pooled = 0L;
        for (var block = 0; block < Blocks; block++)
        {
            var output = Require($"blocks.{block}.conv1", width, 3);
            Require($"blocks.{block}.conv2", output, 3, output);
            if (Halves(block))
            {
                Require($"blocks.{block}.beside", width, 1, output);
            }
            else if (output != width)
            {
                throw new BundleException(
                    $"the photo network's block {block} changes {width} channels to {output}, and has nothing beside"
                );
            }

            RequireRange($"blocks.{block}", isRectified: true);
            width = output;
            pooled += block >= Blocks - PooledBlocks ? width : 0;
        }

        EmbeddingDimension = (int)Require("projection", pooled);
        Require("gate", pooled, outputs: 1);
        if (EmbeddingDimension != beside.EmbeddingDimension || beside.Vision.ImageSize != ImageSize)
        {
            throw new BundleException(
                $"the photo network gives {EmbeddingDimension} numbers of {ImageSize} pixels, CLIP's tower {beside.EmbeddingDimension} of {beside.Vision.ImageSize}"
            );
        }

        RequireShape("stem.mean", 3);
        RequireRange(Pixels, isRectified: false);
    }

    /// <summary>How many blocks there are.</summary>
    public int Blocks { get; }

    /// <summary>Length of an embedding.</summary>
    public int EmbeddingDimension { get; }

    /// <summary>Opens a file of them.</summary>
    /// <param name="path">A .safetensors file.</param>
    /// <param name="beside">Geometry of the CLIP whose photo tower it stands beside.</param>
    /// <exception cref="BundleException">It holds another network.</exception>
    /// <exception cref="WeightsFormatException">It is damaged.</exception>
    public static ResidualNetwork Open(string path, BundleGeometry beside)
    {
        var archive = TensorArchive.Open(path);
        try
        {
            return new ResidualNetwork(archive, beside);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>Whether a block halves the photo.</summary>
    public bool Halves(int block) => _archive.Tensors.ContainsKey($"blocks.{block}.beside.weight");

    /// <summary>Dimensions of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _archive.Tensors[name].Shape;

    /// <summary>Smallest and largest value that a layer gives or, by the name of a block, the block; <see cref="Pixels"/> for
    /// what the stem takes.</summary>
    public (float Low, float High) RangeOf(string name) =>
        Read(name + RangeSuffix) is [var low, var high] ? (low, high) : throw new InvalidOperationException(name);

    /// <summary>Reads a tensor, row-major.</summary>
    public float[] Read(string name)
    {
        var values = new float[_archive.Tensors[name].Elements];
        _archive.ReadFloat32(name, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _archive.Dispose();

    /// <summary>Checks a layer's tensors, and gives its channels out.</summary>
    private long Require(string layer, long inputs, int kernel = 0, long? outputs = null)
    {
        var name = layer + ".weight";
        if (!_archive.Tensors.TryGetValue(name, out var weight) || weight.Shape.Count == 0)
        {
            throw new BundleException($"the photo network has no '{name}'");
        }

        var channels = outputs ?? weight.Shape[0];
        if (kernel > 0)
        {
            RequireShape(name, channels, inputs, kernel, kernel);
            RequireRange(layer, isRectified: layer == "stem" || layer.EndsWith("conv1", StringComparison.Ordinal));
        }
        else
        {
            RequireShape(name, channels, inputs);
        }

        RequireShape(layer + ".bias", channels);
        return channels;
    }

    /// <summary>Checks a layer's range: it holds nought, from which it begins where Relu follows.</summary>
    private void RequireRange(string layer, bool isRectified)
    {
        var name = layer + RangeSuffix;
        RequireShape(name, 2);
        var (low, high) = RangeOf(layer);
        if (!(low <= 0 && high > 0 && float.IsFinite(high - low)) || (isRectified && low < 0))
        {
            throw new BundleException(
                $"the photo network's '{name}' is {low} to {high}; expected is a range {(isRectified ? "from 0" : "around 0")}"
            );
        }
    }

    private void RequireShape(string name, params long[] shape)
    {
        if (!_archive.Tensors.TryGetValue(name, out var tensor) || !tensor.Shape.SequenceEqual(shape))
        {
            var found = tensor is null ? "missing" : $"[{string.Join(", ", tensor.Shape)}]";
            throw new BundleException($"the photo network's '{name}' is {found}, not [{string.Join(", ", shape)}]");
        }
    }
}
