using System.Runtime.InteropServices;
using GeoTagService.Core.Bundles;
using GeoTagService.NullCuda;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging.Testing;

[assembly: AssemblyFixture(typeof(GeoTagService.Cuda.Tests.NullCardFixture))]

namespace GeoTagService.Cuda.Tests;

/// <summary>The null card under this process: one card, so that tests that use it take turns.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NullCardTests
{
    public const string Name = "null card";
}

/// <summary>Makes the null card's libraries, and puts them into this process.</summary>
public sealed class NullCardFixture : IDisposable
{
    public NullCardFixture()
    {
        SkipReason = Find(out var provider);
        if (SkipReason is not null)
        {
            return;
        }

        Provider = provider;
        Folder = Path.Combine(AppContext.BaseDirectory, "null-card");
        var libraries = NullCardLibraries.Build(provider, Folder);
        Card = new NullCard(Path.Combine(Folder, "this-process.state"));
        Card.Enter(libraries);
    }

    /// <summary>Why there is none, or null.</summary>
    public string? SkipReason { get; }

    /// <summary>ONNX Runtime's CUDA provider.</summary>
    public string Provider { get; } = "";

    /// <summary>Where the libraries lie.</summary>
    public string Folder { get; } = "";

    internal NullCard? Card { get; }

    /// <summary>The card, in order; skips the test where there is none.</summary>
    public NullCard Take()
    {
        Assert.SkipWhen(SkipReason is not null, SkipReason ?? "");
        Card!.Reset();
        Card[NullCardField.EmbeddingBytes] = BundleReader.OpenEmbedded().Manifest.Geometry.EmbeddingDimension * sizeof(float);
        return Card;
    }

    public void Dispose() => Card?.Dispose();

    private static string? Find(out string provider)
    {
        provider = "";
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "the null card is made for Linux on x64";
        }

        var found = Directory
            .EnumerateFiles(AppContext.BaseDirectory, NullCardLibraries.Provider, SearchOption.AllDirectories)
            .FirstOrDefault();
        if (found is null)
        {
            return "this build carries the CPU package of ONNX Runtime; build with -p:Accelerator=cuda";
        }

        provider = found;
        return NullCardLibraries.Compiler is null ? "there is no C compiler on the path (cc, gcc or clang)" : null;
    }
}

/// <summary>What tests of the card have in common.</summary>
internal static class OnCard
{
    /// <summary>A bundle of the miniature's shape with graphs of today's writer and random weights.</summary>
    public static Bundle Bundle(
        Models.Graphs.ClipPrecision precision = Models.Graphs.ClipPrecision.Fp32,
        Models.Graphs.ClipGraphStyle style = Models.Graphs.ClipGraphStyle.Fused
    )
    {
        var manifest = BundleReader.OpenEmbedded().Manifest;
        var weights = new Models.Weights.RandomClipWeights(manifest.Geometry, seed: 1);
        var options = new Models.Graphs.ClipGraphOptions(style, precision);
        var vision = manifest.Encoders.Single(encoder => encoder.Tower == EncoderTower.Vision);
        var text = manifest.Encoders.Single(encoder => encoder.Tower == EncoderTower.Text);
        var name = precision.ToString().ToLowerInvariant();
        return Onnx.Tests.MemoryBundle.Miniature(
            whole => whole with { Encoders = [vision with { Precision = name }, text with { Precision = name }] },
            (vision.File, Models.Graphs.ClipGraphWriter.Vision(weights, options).ToBytes()),
            (text.File, Models.Graphs.ClipGraphWriter.Text(weights, manifest.Vocabulary.EndToken, options).ToBytes())
        );
    }

    /// <summary>Loads a bundle's encoder on the card.</summary>
    public static OnnxClipEncoder Load(Bundle bundle, OnnxEncoderOptions? options = null, FakeLogger<OnnxClipEngine>? logger = null) =>
        (OnnxClipEncoder)
            new OnnxClipEngine(
                options ?? new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cuda },
                logger ?? new FakeLogger<OnnxClipEngine>()
            ).LoadEncoder(bundle);

    /// <summary>A crop like no other.</summary>
    public static ReadOnlyMemory<byte> Crop(OnnxClipEncoder encoder, int seed)
    {
        var crop = new byte[encoder.Geometry.ImageSize * encoder.Geometry.ImageSize * 3];
        new Random(seed).NextBytes(crop);
        return crop;
    }

    /// <summary>A title of some length like no other.</summary>
    public static ReadOnlyMemory<int> Title(int length, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, length).Select(_ => random.Next(1, 500)).ToArray();
    }

    /// <summary>Embeddings of a batch.</summary>
    public static float[] Photos(OnnxClipEncoder encoder, params IReadOnlyList<ReadOnlyMemory<byte>> crops)
    {
        var embeddings = new float[crops.Count * encoder.Geometry.EmbeddingDimension];
        encoder.EncodeImages(crops, embeddings);
        return embeddings;
    }

    /// <summary>Embeddings of a batch.</summary>
    public static float[] Titles(OnnxClipEncoder encoder, params IReadOnlyList<ReadOnlyMemory<int>> titles)
    {
        var embeddings = new float[titles.Count * encoder.Geometry.EmbeddingDimension];
        encoder.EncodeTitles(titles, embeddings);
        return embeddings;
    }
}
