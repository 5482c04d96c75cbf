using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Photos.Metadata;
using GeoTagService.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Core.Tests.Photos.Metadata;

/// <summary>docs/use/photo-metadata.md says of every format what is read: found out here from photos in which all of it stands.</summary>
public sealed class MetadataTableTests : IDisposable
{
    private const int Size = 24;
    private const string Nothing = "–";

    private static readonly ImageDecodeRequest Upright = new(MaxPixels: 1_000_000, ApplyOrientation: true, Formats: PhotoFormats.All);
    private static readonly ImageDecodeRequest Stored = Upright with { ApplyOrientation = false };

    private readonly ImagePreprocessor _preprocessor = new(new InProcessImageDecoder(), Size);
    private readonly DecoderProcesses _processes;

    public MetadataTableTests() =>
        _processes = new DecoderProcesses(
            DecoderProgram.Find(AppContext.BaseDirectory),
            DecoderLimits.For(1 << 20, Upright.MaxPixels, PhotoFormats.All),
            _preprocessor,
            most: 1,
            new DecodeTime(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
            _ => { },
            TimeProvider.System,
            NullLogger.Instance
        );

    /// <summary>Format, its photo, and for formats that turn by their container a photo that does so, and how.</summary>
    public static TheoryData<string, string, string?, int> Formats =>
        new()
        {
            { "JPEG", "photo.jpg", null, 1 },
            { "PNG", "photo.png", null, 1 },
            { "WebP", "photo.webp", null, 1 },
            { "GIF", "photo.gif", null, 1 },
            { "BMP", "photo.bmp", null, 1 },
            { "HEIF", "photo.heic", "turned.heic", 8 },
            { "AVIF", "photo.avif", "turned.avif", 8 },
            { "TIFF", "photo.tif", null, 1 },
            { "BigTIFF", "photo-big.tif", null, 1 },
            { "JPEG 2000", "photo.jp2", null, 1 },
            { "JPEG XL", "photo.jxl", "turned.jxl", 6 },
            { "PSD", "photo.psd", null, 1 },
            { "RAW", "photo.nef", null, 1 },
            { "CR3", "photo.cr3", null, 1 },
            { "RAF", "photo.raf", null, 1 },
        };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _processes.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task EveryFormat_IsReadAsThePageSays(string format, string file, string? turned, int turn)
    {
        var photo = Read(file);
        var found = await TurnOf(photo);
        var container = turned is null ? 1 : await TurnOf(Read(turned));
        var turnedBy = (found, container) switch
        {
            (6, 1) => "EXIF",
            (1, 1) => Nothing,
            (1, _) when container == turn => "container",
            _ => $"{found} and {container}",
        };
        var place = PhotoMetadata.ReadPlace(photo, Token);
        if (place is { } there)
        {
            Assert.Equal((52.5, -0.98), (there.Position!.Value.Latitude, there.Position.Value.Longitude));
        }

        // Each title is looked for where the stronger ones are blank.
        var xmp = TitleOf(photo, "xmp title");
        var iptc = TitleOf(Without(photo, "xmp title"), "iptc title");
        var exif = TitleOf(Without(Without(photo, "xmp title"), "iptc title"), "exif title");

        Assert.Equal(RowOf(format), $"| {format} | {turnedBy} | {(place is null ? Nothing : "EXIF")} | {exif} | {iptc} | {xmp} |");
    }

    [Fact]
    public void Page_HasEveryFormatThatIsRead()
    {
        var rows = Page()
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| -", StringComparison.Ordinal));

        Assert.Equal(Formats.Select(row => row.Data.Item1), rows.Skip(1).Select(row => row.Split('|')[1].Trim()));
    }

    private static string TitleOf(byte[] photo, string text) =>
        PhotoMetadata.ReadTitle(photo, Token) is { } title && title.Text == text ? "read" : Nothing;

    private static byte[] Without(byte[] photo, string text)
    {
        var blank = photo.ToArray();
        var letters = System.Text.Encoding.ASCII.GetBytes(text);
        for (int at; (at = blank.AsSpan().IndexOf(letters)) >= 0; )
        {
            blank.AsSpan(at, letters.Length).Fill((byte)' ');
        }

        return blank;
    }

    private static string RowOf(string format) => Assert.Single(Page(), line => line.StartsWith($"| {format} |", StringComparison.Ordinal));

    private static string[] Page() => File.ReadAllLines(Path.Combine(ReferenceData.RepositoryRoot, "docs", "use", "photo-metadata.md"));

    private static byte[] Read(string file) =>
        Path.GetExtension(file) switch
        {
            ".nef" => DrawnRaw.OfTiff(Data("metadata", "photo.jpg")),
            ".cr3" => DrawnRaw.OfCanon(Bare()),
            ".raf" => DrawnRaw.OfFuji(Data("metadata", "photo.jpg")),
            _ when file == "turned.jxl" => TurnedJpegXl(),
            _ => Data("metadata", file),
        };

    // A stream that holds the turn, beside an EXIF block that speaks of another.
    private static byte[] TurnedJpegXl()
    {
        var photo = Data("metadata", "photo.jxl");
        var exif = IsoFiles.Find(photo, "Exif");
        exif[exif.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]) + 9] = 8;
        var stream = IsoFiles.Find(Data("further", "turned-right.jxl"), "jxlc");
        return [.. photo.AsSpan(0, IsoFiles.Start(photo, "Exif")), .. IsoFiles.Box("Exif", exif), .. IsoFiles.Box("jxlc", stream)];
    }

    private static byte[] Bare() => TestImages.Jpeg(96, 72, seed: 5);

    private static byte[] Data(string folder, string file) =>
        File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", folder, file));

    /// <summary>The orientation by which the stored pixels were turned: the one that explains the upright ones best.</summary>
    private async Task<int> TurnOf(byte[] photo)
    {
        var stored = await PixelsAsync(photo, Stored);
        var upright = await PixelsAsync(photo, Upright);
        var (turn, distance) = Enumerable
            .Range(1, 8)
            .Select(turn => (turn, Distance: Turned(stored, turn).Zip(upright).Average(pair => Math.Abs(pair.First - pair.Second))))
            .MinBy(one => one.Distance);
        Assert.InRange(distance, 0, 6);
        return turn;
    }

    private async Task<byte[]> PixelsAsync(byte[] photo, ImageDecodeRequest request)
    {
        var outcome = await _processes.PrepareAsync(photo, request, Token);
        Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
        using var crop = outcome.Value;
        return crop.Pixels.ToArray();
    }

    private static byte[] Turned(byte[] crop, int turn)
    {
        var turned = new byte[crop.Length];
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var (right, down) = (Size - 1 - x, Size - 1 - y);
                var (column, row) = turn switch
                {
                    1 => (x, y),
                    2 => (right, y),
                    3 => (right, down),
                    4 => (x, down),
                    5 => (y, x),
                    6 => (down, x),
                    7 => (down, right),
                    _ => (y, right),
                };
                crop.AsSpan(((y * Size) + x) * 3, 3).CopyTo(turned.AsSpan(((row * Size) + column) * 3));
            }
        }

        return turned;
    }
}
