using System.Diagnostics;
using GeoTagService.Bulk.Marking;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Marking;

/// <summary><c>geotag tag --xmp</c>: beside photos, in copies, in place; never in originals unasked.</summary>
public sealed class XmpOptionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly byte[] _jpeg = TestImages.Jpeg(64, 48);
    private readonly byte[] _png = TestImages.Png(64, 48, seed: 1);

    public XmpOptionTests()
    {
        Directory.CreateDirectory(_directory.PathOf("photos", "deep"));
        _directory.Write("photos/a.jpg", _jpeg);
        _directory.Write("photos/deep/b.png", _png);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Sidecars_StandBesideAListsPhotosAndMergeIntoTheOnesThatAreThere()
    {
        var there =
            "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description r:about='' "
            + "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:subject='holiday'/></r:RDF>";
        _directory.Write("photos/deep/b.xmp", System.Text.Encoding.UTF8.GetBytes(there));

        (await TagListAsync("--xmp", "sidecar")).Succeeds();

        Assert.Contains("Geographical Context|", Read("photos", "a.jpg.xmp"), StringComparison.Ordinal);
        Assert.Contains("holiday", Read("photos", "deep", "b.xmp"), StringComparison.Ordinal);
        Assert.Contains("Geographical Context|", Read("photos", "deep", "b.xmp"), StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.PathOf("photos", "deep", "b.png.xmp")));
        ExpectOriginals();
        Assert.DoesNotContain(
            Directory.GetFiles(_directory.Root, "*.tmp", SearchOption.AllDirectories),
            file => file.Contains(".xmp", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Copies_HoldTheTagsAndOriginalsStay()
    {
        (await TagListAsync("--xmp", "copy", "--xmp-copies", _directory.PathOf("marked"))).Succeeds();

        var copy = await File.ReadAllBytesAsync(_directory.PathOf("marked", "a.jpg"), TestContext.Current.CancellationToken);
        Assert.NotNull(JpegPacket.Find(copy));
        Assert.Equal(
            _png,
            await File.ReadAllBytesAsync(_directory.PathOf("marked", "deep", "b.png"), TestContext.Current.CancellationToken)
        );
        Assert.True(File.Exists(_directory.PathOf("marked", "deep", "b.png.xmp")));
        ExpectOriginals();
    }

    [Fact]
    public async Task InPlace_ChangesTheJpegOnceAndRefusesOthers()
    {
        var photo = _directory.PathOf("photos", "a.jpg");
        (await GeotagRun.Of("tag", photo, "--xmp", "in-place")).Succeeds();
        var once = await File.ReadAllBytesAsync(photo, TestContext.Current.CancellationToken);
        (await GeotagRun.Of("tag", photo, "--xmp", "in-place")).Succeeds();

        Assert.NotEqual(_jpeg, once);
        Assert.Equal(once, await File.ReadAllBytesAsync(photo, TestContext.Current.CancellationToken));
        var png = await GeotagRun.Of("tag", _directory.PathOf("photos", "deep", "b.png"), "--xmp", "in-place");
        Assert.Equal(ExitCode.ItemsFailed, png.ExitCode);
        Assert.Contains("JPEG files alone", png.Error, StringComparison.Ordinal);
        Assert.Equal(
            _png,
            await File.ReadAllBytesAsync(_directory.PathOf("photos", "deep", "b.png"), TestContext.Current.CancellationToken)
        );
    }

    [Theory]
    [InlineData("--xmp", "beside")]
    [InlineData("--xmp", "copy")]
    [InlineData("--xmp-copies", "elsewhere")]
    public async Task OptionsThatDoNotFit_AreRefusedBeforeAnything(string option, string value) =>
        (await GeotagRun.Of("tag", _directory.PathOf("photos", "a.jpg"), option, value)).Fails(ExitCode.Usage, "--xmp");

    [Fact]
    public async Task ExifTool_ReadsWhatIsWritten()
    {
        var exiftool = new[] { "/usr/bin/exiftool", "/usr/local/bin/exiftool" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(exiftool is null, "exiftool (libimage-exiftool-perl) is not installed");
        var photo = _directory.PathOf("photos", "a.jpg");
        (await GeotagRun.Of("tag", photo, "--xmp", "sidecar")).Succeeds();
        (await GeotagRun.Of("tag", photo, "--xmp", "in-place")).Succeeds();

        foreach (var file in new[] { photo, photo + ".xmp" })
        {
            var start = new ProcessStartInfo(
                exiftool,
                ["-s", "-s", "-s", "-XMP-dc:Subject", "-XMP-lr:HierarchicalSubject", "-sep", "##", file]
            )
            {
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var lines = (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd().Split('\n');
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Equal(0, process.ExitCode);
            Assert.Equal(lines[1], string.Join("##", lines[0].Split("##").Select(name => $"{XmpKeywords.Root}|{name}")), ignoreCase: false);
        }
    }

    private Task<GeotagRun> TagListAsync(params string[] more) =>
        GeotagRun.Of(["tag", "--input", _directory.PathOf("photos"), "--output", _directory.PathOf("out.csv"), .. more]);

    private string Read(params string[] parts) => File.ReadAllText(_directory.PathOf(parts));

    private void ExpectOriginals()
    {
        Assert.Equal(_jpeg, File.ReadAllBytes(_directory.PathOf("photos", "a.jpg")));
        Assert.Equal(_png, File.ReadAllBytes(_directory.PathOf("photos", "deep", "b.png")));
    }
}
