using System.Text.Json;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>Pixels equal those of Pillow and torchvision, bit for bit.</summary>
public sealed class GoldenCropTests
{
    private static readonly ImageDecodeRequest AsStored = new(MaxPixels: 100_000_000, ApplyOrientation: false);

    // Where Pillow's own way loses quality and ours is documented instead (docs/use/preprocessing.md).
    private static readonly string[] Exceptions = ["o16_png_gray16_240x320.png"];

    public static TheoryData<string, string> Files()
    {
        var data = new TheoryData<string, string>();
        if (!ReferenceData.IsAvailable)
        {
            data.Add("absent", "absent");
            return data;
        }

        using var index = JsonDocument.Parse(File.ReadAllText(ReferenceData.PathOf("golden", "images.json")));
        foreach (var image in index.RootElement.GetProperty("images").EnumerateArray())
        {
            data.Add("images/" + image.GetProperty("file").GetString(), image.GetProperty("crop").GetString()!);
        }

        foreach (var photo in Directory.GetFiles(ReferenceData.PathOf("golden", "photos"), "*.jpg").Order())
        {
            var name = Path.GetFileNameWithoutExtension(photo);
            data.Add($"photos/{name}.jpg", $"photos/{name}.crop.npy");
        }

        return data;
    }

    [Theory(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    [MemberData(nameof(Files))]
    public void EveryGoldenImage_EqualsTheReference(string file, string crop)
    {
        if (Exceptions.Contains(Path.GetFileName(file)))
        {
            return;
        }

        foreach (var instructions in Enum.GetValues<ResampleInstructions>().Where(ResampleInstructionsSupport.IsSupported))
        {
            var (expected, actual) = Prepare(file, crop, instructions);
            Assert.Equal(0, Difference(expected, actual).Max);
        }
    }

    // The reference clips 16-bit samples at 255, which leaves white wherever a sample exceeds 1/257 of the range.
    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void Gray16_KeepsItsHighByte()
    {
        var (reference, actual) = Prepare(
            "images/o16_png_gray16_240x320.png",
            "crops/o16_png_gray16_240x320.png.npy",
            ResampleInstructionsSupport.Best
        );
        Assert.True(reference.Count(value => value == 255) > reference.Length / 2);
        Assert.True(actual.Count(value => value == 255) < reference.Length / 100);
        Assert.InRange(actual.Average(value => (double)value), 60.0, 200.0);
    }

    private static (byte[] Expected, byte[] Actual) Prepare(string file, string crop, ResampleInstructions instructions)
    {
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), 224, instructions);
        var outcome = preprocessor.Prepare(
            File.ReadAllBytes(ReferenceData.PathOf("golden", file)),
            AsStored,
            TestContext.Current.CancellationToken
        );
        Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
        using var result = outcome.Value;
        var (shape, expected) = NpyFile.ReadBytes(ReferenceData.PathOf("golden", crop));
        Assert.Equal([224, 224, 3], shape);
        return (expected, result.Pixels.ToArray());
    }

    private static (int Max, double Mean) Difference(byte[] expected, byte[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var differences = expected.Zip(actual, (a, b) => Math.Abs(a - b)).ToArray();
        return (differences.Max(), differences.Average());
    }
}
