using System.Diagnostics;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Tests.Batching;
using GeoTagService.Testing;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging.Testing;

namespace GeoTagService.Core.Tests.Photos.Isolation;

/// <summary>Real child processes: what they answer, and what becomes of a photo whose child dies.</summary>
public sealed class DecoderProcessesTests : IDisposable
{
    private const int Size = 32;

    private static readonly DecodeTime Unhurried = new(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5));

    private static readonly ImageDecodeRequest Request = new(MaxPixels: 100_000_000, ApplyOrientation: true);

    // Decoding it takes seconds; its header asks for no more than others.
    private static readonly byte[] Slow = File.ReadAllBytes(
        Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "cases", "prog99-gray-100MP.jpg")
    );

    private readonly ImagePreprocessor _preprocessor = new(new InProcessImageDecoder(), Size);
    private readonly PlainMeterFactory _meters = new();
    private readonly TaggingMetrics _metrics;
    private readonly FakeLogger _logger = new();

    public DecoderProcessesTests()
    {
        _metrics = new TaggingMetrics(_meters);
    }

    public static TheoryData<string> Formats => ["png", "webp", "gif", "bmp", "jpg"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _metrics.Dispose();
        _meters.Dispose();
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Photo_HasThePixelsThatThisProcessMakes(string format)
    {
        using var processes = Create();
        var photo = Photo(format);

        using var expected = _preprocessor.Prepare(photo, Request, TestContext.Current.CancellationToken).Value!;
        using var crop = (await processes.PrepareAsync(photo, Request, Token)).Value!;

        Assert.True(expected.Pixels.Span.SequenceEqual(crop.Pixels.Span));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Fault_IsThatOfThisProcess(string format)
    {
        using var processes = Create();
        var photo = Photo(format);
        ReadOnlyMemory<byte> part = photo.AsMemory(0, photo.Length - 8);
        var limited = Request with { MaxPixels = 100 };

        Assert.Equal(
            _preprocessor.Prepare(part, Request, TestContext.Current.CancellationToken).Error,
            (await processes.PrepareAsync(part, Request, Token)).Error
        );
        Assert.Equal(
            _preprocessor.Prepare(photo, limited, TestContext.Current.CancellationToken).Error,
            (await processes.PrepareAsync(photo, limited, Token)).Error
        );
    }

    [Fact]
    public async Task ManyAtOnce_GetTheirOwnPixels()
    {
        using var processes = Create(most: 2);
        var photos = Enumerable.Range(0, 24).Select(seed => TestImages.Png(60 + seed, 50, seed)).ToArray();

        var crops = await Task.WhenAll(photos.Select(photo => processes.PrepareAsync(photo, Request, Token)));

        foreach (var (photo, outcome) in photos.Zip(crops))
        {
            using var expected = _preprocessor.Prepare(photo, Request, TestContext.Current.CancellationToken).Value!;
            using var crop = outcome.Value!;
            Assert.True(expected.Pixels.Span.SequenceEqual(crop.Pixels.Span));
        }
    }

    [Fact]
    public async Task ProcessThatIsKilledBetweenPhotos_IsReplacedUnnoticed()
    {
        using var processes = Create();
        (await processes.PrepareAsync(Photo("png"), Request, Token)).Value!.Dispose();

        foreach (var id in processes.Ids)
        {
            using var child = Process.GetProcessById(id);
            child.Kill();
            await child.WaitForExitAsync(Token);
        }

        using var crop = (await processes.PrepareAsync(Photo("png"), Request, Token)).Value;
        Assert.NotNull(crop);
    }

    [Fact]
    public async Task PhotoThatEndsItsProcessEveryTime_IsInvalidImageAndOthersAreServed()
    {
        // 60 megapixels take 240 MB: more than such a child may have, so that it ends.
        using var collector = new MetricCollector<long>(_meters, TaggingMetrics.MeterName, "geotag.decoder.ends");
        using var processes = Create(limits: new DecoderLimits(HeapBytes: 64 << 20, NativeBytes: 256 << 20));
        var poison = TestImages.BlackPng(10_000, 6_000);

        var outcome = await processes.PrepareAsync(poison, Request, Token);
        using var crop = (await processes.PrepareAsync(Photo("png"), Request, Token)).Value;

        Assert.Equal(TaggingErrorCode.InvalidImage, outcome.Error?.Code);
        Assert.Contains("PNG", outcome.Error!.Detail, StringComparison.Ordinal);
        Assert.NotNull(crop);
        Assert.Equal(["crashed", "crashed"], collector.GetMeasurementSnapshot().Select(m => m.Tags["how"]));
    }

    [Fact]
    public async Task PhotoThatTakesTooLong_IsGivenUpWithItsLimit()
    {
        using var processes = Create(limit: Unhurried with { Processor = TimeSpan.FromMilliseconds(200) });

        var outcome = await processes.PrepareAsync(Slow, Request, Token);
        using var crop = (await processes.PrepareAsync(Photo("png"), Request, Token)).Value;

        Assert.Equal(TaggingErrorCode.InvalidImage, outcome.Error?.Code);
        Assert.Equal(new TaggingLimit(200, "milliseconds"), outcome.Error!.Limit);
        Assert.NotNull(crop);
    }

    [Fact]
    public async Task PhotoThatTheMachineHasNoTimeFor_IsOverloaded()
    {
        using var processes = Create(limit: Unhurried with { Longest = TimeSpan.FromMilliseconds(50) });

        var outcome = await processes.PrepareAsync(Slow, Request, Token);

        Assert.Equal(TaggingErrorCode.Overloaded, outcome.Error?.Code);
        Assert.NotNull(outcome.Error!.RetryAfter);
    }

    [Fact]
    public async Task CallerThatLeaves_IsLetGoAndItsPhotoStopped()
    {
        using var processes = Create();
        (await processes.PrepareAsync(Photo("png"), Request, Token)).Value!.Dispose();
        using var leaving = new CancellationTokenSource();
        var slow = processes.PrepareAsync(Slow, Request, leaving.Token);
        var next = processes.PrepareAsync(Photo("png"), Request, Token);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow);
        using var crop = (await next).Value;
        Assert.NotNull(crop);
    }

    [Fact]
    public async Task ProgramThatDoesNotStart_IsOverloadedAndTriedLessAndLessOften()
    {
        using var processes = Create(program: new DecoderProgram("dotnet", ["exec", "nowhere.dll"]));

        var first = await processes.PrepareAsync(Photo("png"), Request, Token);
        var second = await processes.PrepareAsync(Photo("png"), Request, Token);

        Assert.Equal(TaggingErrorCode.Overloaded, first.Error?.Code);
        Assert.NotNull(second.Error?.RetryAfter);
        Assert.Contains(_logger.Collector.GetSnapshot(), record => record.Message.Contains("nowhere.dll", StringComparison.Ordinal));
    }

    [Fact]
    public void FolderWithoutTheProgram_IsNamedWithTheWayOut()
    {
        var missing = Assert.Throws<FileNotFoundException>(() => DecoderProgram.Find(Path.GetTempPath()));
        Assert.Contains("InProcess", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Child_InheritsNoSecrets()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the environment of another process is read from /proc");
        Environment.SetEnvironmentVariable("GEOTAG_TEST_SECRET", "hidden");
        using var processes = Create();
        (await processes.PrepareAsync(Photo("png"), Request, Token)).Value!.Dispose();

        var environment = await File.ReadAllTextAsync($"/proc/{processes.Ids[0]}/environ", Token);

        Assert.DoesNotContain("SECRET", environment, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Child_IsKeptFromProgramsNetworkAndWriting()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "filters of system calls are Linux's");
        using var processes = Create();
        (await processes.PrepareAsync(Photo("png"), Request, Token)).Value!.Dispose();

        foreach (var thread in Directory.GetDirectories($"/proc/{processes.Ids[0]}/task"))
        {
            var status = await File.ReadAllLinesAsync(Path.Combine(thread, "status"), Token);
            Assert.Contains("NoNewPrivs:\t1", status);
            Assert.Contains("Seccomp:\t2", status);
        }
    }

    private static byte[] Photo(string format) =>
        format switch
        {
            "png" => TestImages.Png(90, 70),
            "webp" => TestImages.WebP(90, 70),
            "gif" => SmallFiles.Gif(),
            "bmp" => SmallFiles.Bmp(30, 20),
            _ => File.ReadAllBytes(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "formats", "progressive-420.jpg")),
        };

    private DecoderProcesses Create(int most = 1, DecodeTime? limit = null, DecoderLimits? limits = null, DecoderProgram? program = null) =>
        new(
            program ?? DecoderProgram.Find(AppContext.BaseDirectory),
            limits ?? DecoderLimits.For(20 << 20, 100_000_000),
            _preprocessor,
            most,
            limit ?? Unhurried,
            _metrics.DecoderEnded,
            TimeProvider.System,
            _logger
        );
}
