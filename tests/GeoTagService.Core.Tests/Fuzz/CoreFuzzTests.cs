using System.Text;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Core.Places;
using GeoTagService.Core.Titles;
using GeoTagService.Testing;
using GeoTagService.Testing.Fuzzing;

namespace GeoTagService.Core.Tests.Fuzz;

/// <summary>What strangers' bytes reach in this process: every reader answers or refuses, soon, and throws nothing that it does not
/// promise. Long runs: see docs/measurements.</summary>
public sealed class CoreFuzzTests
{
    private const int ImageSize = 32;

    private static readonly ImagePreprocessor s_preprocessor = new(new InProcessImageDecoder(), ImageSize);

    private static IReadOnlyList<byte[]> Photos { get; } =
    [
        .. new[] { "formats", "cases" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", folder)))
            .Where(path => !path.EndsWith(".rgb", StringComparison.Ordinal) && !path.EndsWith(".md", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)
            .Where(bytes => bytes.Length < 60_000),
    ];

    private static IReadOnlyList<byte[]> SmallJpegs { get; } =
    [
        TestImages.Jpeg(24, 16),
        TestImages.Jpeg(17, 33, seed: 1, quality: 30),
        TestImages.Jpeg(40, 8, seed: 2, quality: 98),
        .. Photos.Where(bytes => bytes is [0xFF, 0xD8, ..] && bytes.Length < 8_000),
    ];

    private static IReadOnlyList<byte[]> WithMetadata { get; } =
    [
        MetadataFiles.WithExif(TestImages.Jpeg(16, 16), ExifBlock.Create(6, (52.5, -0.98))),
        MetadataFiles.WithExif(TestImages.Png(8, 8), ExifBlock.Create(3, (-1.5, 0.25))),
        MetadataFiles.WithExif(TestImages.WebP(8, 8), ExifBlock.Create(8, (-0.5, 12.25))),
        .. Photos.Where(bytes => bytes.Length < 2_000),
    ];

    [Fact]
    public void ImageHeader_IsReadOrRefused() =>
        Fuzz(
            "image header",
            new Mutator(Photos),
            20_000,
            input =>
            {
                var header = ImageHeader.Read(input);
                Assert.True(header is { Width: >= 0, Height: >= 0, Work: >= 0 }, header.ToString());
            }
        );

    [Fact]
    public void Metadata_IsReadOrPassedOver() =>
        Fuzz(
            "metadata",
            new Mutator(WithMetadata, Words("Exif\0\0", "II*\0", "MM\0*", "eXIf", "EXIF")),
            20_000,
            input =>
            {
                PhotoMetadata.ReadOrientation(input);
                PhotoMetadata.ReadPlace(input, CancellationToken.None);
            }
        );

    [Fact]
    public void BaselineJpeg_IsDecodedOrRefused() =>
        Fuzz(
            "baseline JPEG",
            new Mutator(SmallJpegs),
            4_000,
            input =>
            {
                // A header may claim millions of pixels of which none come.
                var request = new ImageDecodeRequest(250_000, ApplyOrientation: true, 0, 2_000_000);
                if (s_preprocessor.PrepareManaged(input, request, CancellationToken.None) is { IsSuccess: true } crop)
                {
                    crop.Value.Dispose();
                }
            }
        );

    [Fact]
    public void GridReference_IsReadOrRefused() =>
        Fuzz(
            "grid reference",
            new Mutator(
                Words("TQ 30 80", "NG9051", "O1234", "SV 12345 67890", "H 1 1", "tq3080"),
                Words("HP", "SV", "V", "A", " ", "\u00A0", "9", "\u0661")
            ),
            20_000,
            input =>
            {
                if (GridReference.TryParse(Encoding.UTF8.GetString(input), out var reference, out _))
                {
                    // What is told is what was meant.
                    Assert.True(GridReference.TryParse(reference.ToString(), out var again, out _), reference.ToString());
                    Assert.Equal(reference, again);
                }
            }
        );

    [Fact]
    public void Title_IsCleanedAndTokenised()
    {
        var bundle = BundleReader.OpenEmbedded();
        using var merges = new MemoryStream(bundle.ReadAllBytes(bundle.Manifest.Vocabulary.File));
        var tokenizer = ClipTokenizer.Load(
            merges,
            bundle.Manifest.Geometry.Text.VocabularySize,
            bundle.Manifest.Geometry.Text.ContextLength
        );
        var mutator = new Mutator(
            Words(
                "Lock 7 on the Peak Forest Canal, Marple",
                "Tŷ Mawr &amp; Llŷn",
                "Castell-y-Bere &#x2019;s",
                "ÃƒÂ©glise",
                "<|endoftext|>",
                "🚂 Ffestiniog",
                "Σίσυφος ΑΣ"
            ),
            Words("&amp;", "&#0;", "&#x110000;", "<|startoftext|>", "\u0000", "\u200D", "\uFEFF", "Ã", "İ", "\u0301", "'s"),
            longest: 5_000
        );
        Fuzz(
            "title",
            mutator,
            10_000,
            input =>
            {
                var tokens = tokenizer.Encode(Encoding.UTF8.GetString(input)).Ids.Span;
                Assert.InRange(tokens.Length, 2, tokenizer.ContextLength);
                Assert.Equal((tokenizer.StartToken, tokenizer.EndToken), (tokens[0], tokens[^1]));
            }
        );
    }

    [Fact]
    public void Manifest_IsReadOrRefused()
    {
        using var copy = new BundleCopy();
        var manifest = copy.PathOf(BundleManifest.FileName);
        var whole = File.ReadAllBytes(manifest);
        // Without the files the verification ends at the first, and what is looked at is the manifest.
        File.Delete(copy.PathOf(BundleReader.OpenEmbedded().Manifest.Files[0].Path));
        Fuzz(
            "bundle manifest",
            new Mutator([whole], Words("\"..\"", "null", "-1", "1e999", "{}", "[]", "\"a/../b\"", "99999999999")),
            2_000,
            input =>
            {
                File.WriteAllBytes(manifest, input);
                Assert.Throws<BundleException>(() => BundleReader.OpenDirectory(copy.Directory));
            }
        );
    }

    [Fact]
    public void Graph_IsReadOrRefused()
    {
        var bundle = BundleReader.OpenEmbedded();
        var heads = bundle.Manifest.Heads.Take(4).Select(head => bundle.ReadAllBytes(head.File)).ToList();
        Fuzz(
            "graph",
            new Mutator(heads),
            4_000,
            input =>
            {
                try
                {
                    using var stream = new MemoryStream(input);
                    OnnxSignature.Read(stream);
                }
                catch (InvalidDataException)
                {
                    // What it promises.
                }
            }
        );
    }

    private static IReadOnlyList<byte[]> Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];

    private static void Fuzz(string name, Mutator mutator, int inputs, Action<byte[]> read) =>
        Assert.Empty(new FuzzCampaign(name, mutator, inputs).Run(read));
}
