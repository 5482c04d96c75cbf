using System.IO.Compression;
using System.Text;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests;

/// <summary>A bundle in memory with every combination of parts as a head, for the fake engine.</summary>
internal sealed class TestBundle(ClipGeometry geometry) : Bundle(Describe(geometry), new string('a', 64))
{
    private const string VocabularyFile = "merges.txt.gz";
    private const int Merges = 2;

    public override string Origin => "test";

    public override string? GetPhysicalPath(string path) => null;

    public override Stream OpenRead(string path)
    {
        Assert.Equal(VocabularyFile, path);
        var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes("#version: test\nt h\nth e</w>\n"));
        }

        memory.Position = 0;
        return memory;
    }

    private static BundleManifest Describe(ClipGeometry geometry)
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
                new TextGeometry(geometry.ContextLength, EndToken + 1, 64, 1, 1)),
            Preprocessing = new BundlePreprocessing([0.5f, 0.5f, 0.5f], [0.5f, 0.5f, 0.5f]),
            Tags = TagCatalog.CompetitionColumns,
            Encoders = [],
            Vocabulary = new BundleVocabulary(VocabularyFile, EndToken - 1, EndToken),
            Heads =
            [
                Head("linear-img", Modalities.Image, 0.2),
                Head("linear-txt", Modalities.Title, 0.3),
                Head("linear-img-txt", Modalities.Image | Modalities.Title, 0.34),
                Head("mlp-img-txt-loc", Modalities.Image | Modalities.Title | Modalities.Location, 0.36, HeadKind.Mlp),
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
    public IClipEncoder LoadEncoder(Bundle bundle) => encoder;

    public ITagHead LoadHead(Bundle bundle, BundleHead head) => new FakeTagHead(
        new HeadDescriptor(head.Name, head.Modalities, head.Kind, head.MixUp, head.Metrics, head.Thresholds),
        encoder.Geometry.EmbeddingDimension,
        bundle.Manifest.Tags.Count);
}
