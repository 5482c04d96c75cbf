using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Core.Tests.Photos.Isolation;

/// <summary>Formats that are read by choice: the pixels of their PNG twin, and no file of theirs harms anybody.</summary>
public sealed class FurtherFormatsTests : IDisposable
{
    private const int Size = 24;

    private static readonly ImageDecodeRequest Request = new(MaxPixels: 1_000_000, ApplyOrientation: true, Formats: PhotoFormats.All);

    private readonly ImagePreprocessor _preprocessor = new(new InProcessImageDecoder(), Size);
    private readonly List<string> _ends = [];
    private readonly DecoderProcesses _processes;

    public FurtherFormatsTests()
    {
        _processes = new DecoderProcesses(
            DecoderProgram.Find(AppContext.BaseDirectory),
            DecoderLimits.For(1 << 20, Request.MaxPixels, PhotoFormats.All),
            _preprocessor,
            most: 1,
            new DecodeTime(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
            _ends.Add,
            TimeProvider.System,
            NullLogger.Instance
        );
    }

    /// <summary>File, its twin, and the orientation by which the twin is turned.</summary>
    public static TheoryData<string, string, int> Files =>
        new()
        {
            { "lossless.heic", "twin.png", 1 },
            { "lossless.avif", "twin.png", 1 },
            { "turned-left.avif", "twin.png", 8 },
            { "lzw.tif", "twin.png", 1 },
            { "tiled.tif", "twin.png", 1 },
            { "big.tif", "twin.png", 1 },
            { "sixteen.tif", "twin.png", 1 },
            { "pages.tif", "twin.png", 1 },
            { "turned-right.tif", "twin.png", 6 },
            { "gray.tif", "gray.png", 1 },
            { "lossless.jxl", "twin.png", 1 },
            { "lossless.jp2", "twin.png", 1 },
            { "lossless.j2k", "twin.png", 1 },
            { "lossless.psd", "twin.png", 1 },
        };

    /// <summary>One of each.</summary>
    public static TheoryData<string> Kinds =>
        [
            "lossless.heic",
            "lossless.avif",
            "tiled.tif",
            "big.tif",
            "lossless.jxl",
            "turned-right.jxl",
            "lossless.jp2",
            "lossless.j2k",
            "lossless.psd",
            "raw",
        ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _processes.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task LosslessFile_HasThePixelsOfItsTwin(string file, string twin, int orientation)
    {
        var header = ImageHeader.Read(Read(file));
        Assert.Equal(96 * 72, header.Width * header.Height);

        await ExpectPixelsAsync(Read(file), MetadataFiles.WithExif(Read(twin), ExifBlock.Create(orientation, position: null)), Request);
    }

    [Theory]
    [InlineData("turned-left.avif")]
    [InlineData("turned-right.tif")]
    public async Task IgnoredOrientation_LeavesThePixelsAsTheyAreStored(string file) =>
        await ExpectPixelsAsync(Read(file), Read("twin.png"), Request with { ApplyOrientation = false });

    [Fact]
    public async Task OrientationOfJpegXl_IsHonoured() => await ExpectPixelsAsync(Read("turned-right.jxl"), Read("twin-exif.jpg"), Request);

    [Fact]
    public async Task RawFile_IsItsLargestPreviewTurnedAsTheFileSays()
    {
        var preview = TestImages.Jpeg(96, 72, seed: 5);
        var raw = Raw(preview);

        Assert.Equal(ImageFormat.Raw, ImageHeader.Read(raw).Format);
        Assert.Equal(96 * 72, ImageHeader.Read(raw).Work);
        await ExpectPixelsAsync(raw, TestImages.WithExif(preview, orientation: 6), Request);
    }

    [Fact]
    public async Task RawFileWithoutPreview_IsInvalid()
    {
        var outcome = await _processes.PrepareAsync(Raw([1, 2, 3]).AsMemory()[..120], Request, Token);

        Assert.Equal(TaggingErrorCode.InvalidImage, outcome.Error?.Code);
        Assert.Contains("no preview", outcome.Error!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task FormatThatIsNotChosen_IsRefusedWithTheSettingThatReadsIt(string kind)
    {
        var photo = kind == "raw" ? Raw(TestImages.Jpeg(96, 72)) : Read(kind);
        var choice = ImageHeader.Read(photo).Choice;

        foreach (var formats in new[] { PhotoFormats.None, PhotoFormats.All & ~choice })
        {
            var refusal = _preprocessor.PrepareManaged(photo, Request with { Formats = formats }, Token)?.Error;
            Assert.Equal(TaggingErrorCode.UnsupportedMedia, refusal?.Code);
            Assert.Contains($"GeoTag:Formats names {choice}", refusal!.Detail, StringComparison.Ordinal);
        }

        Assert.Null(_preprocessor.PrepareManaged(photo, Request with { Formats = choice }, Token));
        await Task.CompletedTask;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TooManyPixels_AreRefusedByTheHeader(string kind)
    {
        var photo = kind == "raw" ? Raw(TestImages.Jpeg(96, 72)) : Read(kind);

        var refusal = _preprocessor.PrepareManaged(photo, Request with { MaxPixels = (96 * 72) - 1 }, Token)?.Error;

        Assert.Equal(TaggingErrorCode.ImageTooLarge, refusal?.Code);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Damage_IsAFaultOfThePhotoAlone(string kind)
    {
        var whole = kind == "raw" ? Raw(TestImages.Jpeg(96, 72)) : Read(kind);
        foreach (var damaged in DamagedPhotos.Of(whole))
        {
            var outcome = await _processes.PrepareAsync(damaged.Bytes, Request, Token);
            using var crop = outcome.Value;
            Assert.True(
                outcome.IsSuccess
                    || outcome.Error.Code
                        is TaggingErrorCode.InvalidImage
                            or TaggingErrorCode.ImageTooLarge
                            or TaggingErrorCode.UnsupportedMedia,
                $"{damaged.Name}: {outcome.Error}"
            );
        }

        // A library may fall over a damaged file; the next photo does not notice.
        using var next = (await _processes.PrepareAsync(whole, Request, Token)).Value;
        Assert.NotNull(next);
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {_ends.Count} processes ended");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void HeaderThatIsCut_NeverThrows(string kind)
    {
        var whole = kind == "raw" ? Raw(TestImages.Jpeg(96, 72)) : Read(kind);
        for (var length = 0; length < Math.Min(whole.Length, 600); length++)
        {
            Assert.InRange(ImageHeader.Read(whole.AsSpan(0, length)).Work, 0, long.MaxValue);
            _ = PhotoMetadata.ReadPlace(whole.AsSpan(0, length), Token);
        }
    }

    [Theory]
    [InlineData("exif.heic")]
    [InlineData("raw")]
    public void Place_IsReadFromTheFile(string file)
    {
        var photo = file == "raw" ? Raw(TestImages.Jpeg(96, 72)) : Read(file);

        var place = PhotoMetadata.ReadPlace(photo, Token);

        Assert.Equal((52.5, -0.98), (place!.Value.Position!.Value.Latitude, place.Value.Position.Value.Longitude));
    }

    private static byte[] Read(string file) =>
        File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "further", file));

    // As cameras write it: a directory with orientation and place, a small picture, data, and the large one.
    private static byte[] Raw(byte[] preview)
    {
        var gps = new TiffBuilder(isBigEndian: true)
            .Ascii(1, "N")
            .Rationals(2, 52, 1, 30, 1, 0, 1)
            .Ascii(3, "W")
            .Rationals(4, 0, 1, 58, 1, 48, 1);
        var head = new TiffBuilder(isBigEndian: true).Number(0x0112, 6).Directory(0x8825, gps).Raw(0xC612, 1, 4, [1, 4, 0, 0]).ToArray();
        return [.. head, .. TestImages.Jpeg(16, 12), .. new byte[100], 0xFF, 0xD8, 0xFF, 0xC3, 0, 1, .. preview, .. new byte[64]];
    }

    private async Task ExpectPixelsAsync(byte[] photo, byte[] twin, ImageDecodeRequest request)
    {
        using var expected = _preprocessor.Prepare(twin, request, Token).Value!;
        var outcome = await _processes.PrepareAsync(photo, request, Token);
        Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
        using var crop = outcome.Value;
        var worst = crop.Pixels.ToArray().Zip(expected.Pixels.ToArray()).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.InRange(worst, 0, 2);
    }
}
