using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Onnx.Tests;

/// <summary>A bundle of small towers whose weights lie beside their graphs, as a full-size bundle's do.</summary>
internal sealed class ExternalWeights : IDisposable
{
    private const float Tolerance = 1e-5f;
    private static readonly BundleGeometry Geometry = new(32, new VisionGeometry(32, 16, 256, 1, 4), new TextGeometry(16, 514, 256, 1, 4));

    public ExternalWeights()
    {
        using var weights = new RandomClipWeights(Geometry, seed: 5);
        var vision = Path.Combine(Folder.FullName, "vision.onnx");
        var text = Path.Combine(Folder.FullName, "text.onnx");
        // Nothing is kept inside the graphs that is large enough to lie outside.
        ClipGraphWriter.Vision(weights, new ClipGraphOptions()).Save(vision, largestSingleFile: 0);
        ClipGraphWriter.Text(weights, endToken: 513, new ClipGraphOptions()).Save(text, largestSingleFile: 0);
        Bundle = new FolderBundle(
            BundleReader.OpenEmbedded().Manifest with
            {
                Geometry = Geometry,
                Encoders =
                [
                    new(EncoderTower.Vision, "fp32", "vision.onnx"),
                    new(EncoderTower.Text, "fp32", "text.onnx", DynamicLength: true),
                ],
                Files = [.. Folder.EnumerateFiles().Select(file => FileDigest.Describe(Folder.FullName, file.Name))],
            },
            Folder.FullName
        );
    }

    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory();

    public Bundle Bundle { get; }

    public void Dispose() => Folder.Delete(recursive: true);

    public static float[] Photos(OnnxClipEncoder encoder, MachineShare share)
    {
        var size = encoder.Geometry.ImageSize;
        var crops = Enumerable
            .Range(0, 3)
            .Select(seed =>
            {
                var crop = new byte[size * size * 3];
                new Random(seed).NextBytes(crop);
                return (ReadOnlyMemory<byte>)crop;
            })
            .ToArray();
        var embeddings = new float[crops.Length * encoder.Geometry.EmbeddingDimension];
        encoder.EncodeImages(crops, embeddings, share);
        return embeddings;
    }

    public static float[] Titles(OnnxClipEncoder encoder, MachineShare share)
    {
        ReadOnlyMemory<int>[] tokens = [new[] { 512, 64, 513 }, new[] { 512, 65, 66, 67, 513 }];
        var embeddings = new float[tokens.Length * encoder.Geometry.EmbeddingDimension];
        encoder.EncodeTitles(tokens, embeddings, share);
        return embeddings;
    }

    public static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Tolerance);
        }
    }

    public OnnxClipEncoder Load(OnnxEncoderOptions options) => (OnnxClipEncoder)OnnxClipEngineTests.Engine(options).LoadEncoder(Bundle);

    internal sealed class FolderBundle(BundleManifest manifest, string folder) : Bundle(manifest, "0")
    {
        public override string Origin => folder;

        public override string? GetPhysicalPath(string path) => Path.Combine(folder, path);

        public override Stream OpenRead(string path)
        {
            var bytes = File.ReadAllBytes(Path.Combine(folder, path));
            return
                !path.EndsWith(".data", StringComparison.Ordinal)
                || FileDigest.Compute(bytes) == Manifest.Files.First(file => file.Path == path).Sha256
                ? new MemoryStream(bytes)
                : throw new BundleException($"{path} was changed after it was verified");
        }

        public override SafeFileHandle OpenHandle(string path) => File.OpenHandle(Path.Combine(folder, path), share: FileShare.ReadWrite);
    }
}
