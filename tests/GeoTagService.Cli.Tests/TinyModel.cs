using System.Security.Cryptography;
using System.Text.Json;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Weights;

[assembly: AssemblyFixture(typeof(GeoTagService.Cli.Tests.TinyModel))]

namespace GeoTagService.Cli.Tests;

/// <summary>A CLIP of a few thousand random weights with three heads, built into a bundle by the tool itself. Needs no
/// reference data.</summary>
public sealed class TinyModel : IAsyncLifetime
{
    private const int EmbeddingDimension = 16;
    private const int Tags = 49;

    private readonly TemporaryDirectory _directory = new();

    public string Weights => _directory.PathOf("clip.safetensors");

    public string Vocabulary => _directory.PathOf("merges.txt");

    public string Heads => _directory.PathOf("heads");

    /// <summary>The built bundle.</summary>
    public string Bundle => _directory.PathOf("bundle");

    public async ValueTask InitializeAsync()
    {
        // No merges: 256 bytes, 256 bytes that end a word, start and end token.
        var geometry = new BundleGeometry(EmbeddingDimension, new VisionGeometry(32, 16, 64, 1, 1), new TextGeometry(16, 514, 64, 1, 1));
        using (var weights = new RandomClipWeights(geometry, seed: 7))
        {
            weights.WriteSafetensors(Weights);
        }

        await File.WriteAllTextAsync(Vocabulary, "#version: 0.2\n", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Heads);
        WriteHead("linear-img", EmbeddingDimension);
        WriteHead("linear-txt", EmbeddingDimension);
        WriteHead("linear-img-txt-loc", (2 * EmbeddingDimension) + 2);

        (
            await GeotagRun.Of("models", "build", "--clip", Weights, "--vocabulary", Vocabulary, "--heads", Heads, "--output", Bundle)
        ).Succeeds();
    }

    /// <summary>The parts as a manifest of sources that <c>models pull</c> reads.</summary>
    /// <param name="weightsDigest">What is pinned for the weights, where not their own digest.</param>
    public byte[] Sources(string? weightsDigest = null)
    {
        static object Pinned(string path, string? digest = null) =>
            new
            {
                name = Path.GetFileName(path),
                bytes = new FileInfo(path).Length,
                sha256 = digest ?? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))),
                url = "https://localhost/" + Path.GetFileName(path),
            };
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                bundle = "tiny",
                version = "1.0.0",
                geometry = new
                {
                    embeddingDimension = EmbeddingDimension,
                    vision = new
                    {
                        imageSize = 32,
                        patchSize = 16,
                        width = 64,
                        layers = 1,
                        attentionHeads = 1,
                    },
                    text = new
                    {
                        contextLength = 16,
                        vocabularySize = 514,
                        width = 64,
                        layers = 1,
                        attentionHeads = 1,
                    },
                },
                clip = new[] { new { kind = "weights", files = new[] { Pinned(Weights, weightsDigest) } } },
                vocabulary = Pinned(Vocabulary),
                heads = Directory.EnumerateFiles(Heads).Order().Select(path => Pinned(path)),
            }
        );
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }

    private void WriteHead(string name, int inputs)
    {
        var random = new Random(inputs);
        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        using var writer = new SafetensorsWriter(
            Path.Combine(Heads, name + ".safetensors"),
            [new ArchivedTensor("weight", "float32", [Tags, inputs]), new ArchivedTensor("bias", "float32", [Tags])]
        );
        writer.Write("weight", Values(Tags * inputs));
        writer.Write("bias", Values(Tags));
    }
}
