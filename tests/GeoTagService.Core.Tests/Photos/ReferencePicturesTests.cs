using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>One picture of every kind that the decoders tell apart, beside the pixels that Pillow makes of it
/// (tools/test-pictures).</summary>
public sealed class ReferencePicturesTests
{
    private const int Size = 24;

    // Converted to RGB before it is resized, not afterwards (docs/use/preprocessing.md).
    private const string ConvertedFirst = "progressive-cmyk.jpg";

    public static TheoryData<string> Pictures =>
        [.. Crops().Select(crop => Path.GetRelativePath(DataFolder, Path.ChangeExtension(crop, null)))];

    private static string DataFolder => Path.Combine(ReferenceData.RepositoryRoot, "tests", "data");

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Picture_HasTheReferencesPixels(string file)
    {
        var path = Path.Combine(DataFolder, file);
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), Size);

        using var crop = preprocessor
            .Prepare(
                File.ReadAllBytes(path),
                new ImageDecodeRequest(MaxPixels: 1_000_000, ApplyOrientation: false),
                TestContext.Current.CancellationToken
            )
            .Value!;

        var expected = File.ReadAllBytes(path + ".rgb");
        var difference = expected.Zip(crop.Pixels.ToArray()).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.InRange(difference, 0, Path.GetFileName(file) == ConvertedFirst ? 2 : 0);
    }

    [Fact]
    public void EveryKindIsThere() => Assert.True(Crops().Length >= 34);

    private static string[] Crops() =>
        [
            .. Directory.GetFiles(Path.Combine(DataFolder, "formats"), "*.rgb"),
            .. Directory.GetFiles(Path.Combine(DataFolder, "cases"), "*.rgb"),
        ];
}
