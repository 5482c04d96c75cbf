using System.IO.Compression;
using System.Text;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests;

/// <summary>A bundle in memory with every combination of parts as a head, for the fake engine.</summary>
internal sealed class TestBundle(ClipGeometry geometry, bool withPlaces = true, bool withPrior = false)
    : Bundle(Describe(geometry, withPlaces, withPrior), new string('a', 64))
{
    private const string VocabularyFile = "merges.txt.gz";
    private const string SquaresFile = "squares.csv";
    private const int Merges = 2;

    public override string Origin => "test";

    public override string? GetPhysicalPath(string path) => null;

    public override Stream OpenRead(string path)
    {
        if (path == SquaresFile)
        {
            var zeros = string.Concat(Enumerable.Repeat(",0", TagCatalog.Count - 1));
            return new MemoryStream(
                Encoding.UTF8.GetBytes(
                    $"square,photos,tags\nSJ98,30,15{zeros}\nNY20,10,0{zeros}\nTQ38,5,0{zeros}\n{(withPrior ? $"J37,1,0{zeros}\n" : string.Empty)}"
                )
            );
        }

        Assert.Equal(VocabularyFile, path);
        var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes("#version: test\nt h\nth e</w>\n"));
        }

        memory.Position = 0;
        return memory;
    }

    private static BundleManifest Describe(ClipGeometry geometry, bool withPlaces, bool withPrior)
    {
        const int EndToken = 512 + Merges + 1;
        return new BundleManifest
        {
            SchemaVersion = BundleManifest.CurrentSchemaVersion,
            Name = "test",
            Version = "1.2.3",
            Purpose = BundlePurpose.Demonstration,
            Description = "A model of tests.",
            Provenance = [new BundleSource("nothing", null, 0, new string('b', 64))],
            Geometry = new BundleGeometry(
                geometry.EmbeddingDimension,
                new VisionGeometry(geometry.ImageSize, 16, 64, 1, 1),
                new TextGeometry(geometry.ContextLength, EndToken + 1, 64, 1, 1)
            ),
            Preprocessing = new BundlePreprocessing([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]),
            Tags = TagCatalog.CompetitionColumns,
            Encoders = [],
            LocationEncoder = withPlaces
                ? new BundleLocationEncoder(
                    "encoder.onnx",
                    SquaresFile,
                    FakeLocationEncoder.Length,
                    45,
                    "test photos",
                    [.. Enumerable.Repeat(0.05f, TagCatalog.Count)],
                    [.. Enumerable.Repeat(10f, TagCatalog.Count)],
                    100_000,
                    0.15
                )
                : null,
            Vocabulary = new BundleVocabulary(VocabularyFile, EndToken - 1, EndToken),
            Heads =
            [
                Head("linear-img", Modalities.Image, 0.2),
                Head("linear-txt", Modalities.Title, 0.3),
                Head("linear-img-txt", Modalities.Image | Modalities.Title, 0.34),
                Head("mlp-img-txt-loc", Modalities.Image | Modalities.Title | Modalities.Location, 0.36, HeadKind.Mlp),
                .. withPrior
                    ? new[]
                    {
                        Head("linear-txt-prior", Modalities.Title, 0.9) with
                        {
                            PlacePrior = new BundlePlacePrior(new string('c', 64), [.. Enumerable.Repeat(0.5f, TagCatalog.Count)]),
                        },
                    }
                    : [],
            ],
            Files = [],
        };

        static BundleHead Head(string name, Modalities parts, double score, HeadKind kind = HeadKind.Linear) =>
            new(name, parts, kind, false, $"heads/{name}.onnx", new HeadMetrics(score, score, score), [0.5f]);
    }
}

/// <summary>Gives every bundle the same fake encoder, and heads whose weights follow from their names.</summary>
internal sealed class FakeClipEngine(FakeClipEncoder encoder) : IClipEngine
{
    public ILocationEncoder LoadLocationEncoder(Bundle bundle, BundleLocationEncoder encoder) => new FakeLocationEncoder();

    public IClipEncoder LoadEncoder(Bundle bundle) => encoder;

    public ITagHead LoadHead(Bundle bundle, BundleHead head) =>
        new FakeTagHead(
            new HeadDescriptor(head.Name, head.Modalities, head.Kind, head.MixUp, head.Metrics, head.Thresholds)
            {
                PlaceWeights = head.PlacePrior?.Weights,
            },
            encoder.Geometry.EmbeddingDimension,
            bundle.Manifest.Tags.Count
        );
}

/// <summary>Embeds a place as its coordinates in the British grid, and expects a tenth of every tag.</summary>
internal sealed class FakeLocationEncoder : ILocationEncoder
{
    public const int Length = 2;

    public int Dimension => Length;

    public void Encode(int rows, ReadOnlySpan<float> coordinates, Span<float> embeddings, Span<float> probabilities)
    {
        for (var row = 0; row < rows; row++)
        {
            coordinates.Slice(4 * row, Length).CopyTo(embeddings.Slice(Length * row, Length));
        }

        probabilities[..(rows * TagCatalog.Count)].Fill(0.1f);
    }

    public void Dispose()
    {
        // Nothing is held.
    }
}
