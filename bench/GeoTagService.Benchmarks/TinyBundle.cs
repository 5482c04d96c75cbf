using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Weights;

namespace GeoTagService.Benchmarks;

/// <summary>The smallest bundle that tags photos and titles, of random weights: what is measured with it is what stands around
/// the encoders.</summary>
internal static class TinyBundle
{
    private const int Embedding = 16;
    private const int Tags = 49;

    public static void Write(string directory)
    {
        var parts = Directory.CreateTempSubdirectory("geotag-tiny-").FullName;
        try
        {
            // No merges: 256 bytes, 256 bytes that end a word, start and end.
            var vocabulary = Path.Combine(parts, "merges.txt");
            File.WriteAllText(vocabulary, "#version: 0.2\n");
            var heads = Directory.CreateDirectory(Path.Combine(parts, "heads")).FullName;
            foreach (var (name, inputs) in new[] { ("img", Embedding), ("txt", Embedding), ("img-txt-loc", (2 * Embedding) + 2) })
            {
                WriteHead(Path.Combine(heads, $"linear-{name}.safetensors"), inputs);
            }

            var geometry = new BundleGeometry(Embedding, new VisionGeometry(32, 16, 64, 1, 1), new TextGeometry(16, 514, 64, 1, 1));
            using var weights = new RandomClipWeights(geometry, seed: 1);
            BundleBuilder.Build(RandomBundle.Recipe(weights, directory, vocabulary, heads, "random-tiny"));
        }
        finally
        {
            Directory.Delete(parts, recursive: true);
        }
    }

    private static void WriteHead(string path, int inputs)
    {
        var random = new Random(inputs);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        using var writer = new SafetensorsWriter(
            path,
            [new ArchivedTensor("weight", "float32", [Tags, inputs]), new ArchivedTensor("bias", "float32", [Tags])]
        );
        writer.Write("weight", Values(Tags * inputs));
        writer.Write("bias", Values(Tags));
    }
}
