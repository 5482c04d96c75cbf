using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Tests.Batching;
using GeoTagService.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GeoTagService.Core.Tests.Tagging;

public sealed class PhotoPreparerTests : IDisposable
{
    private static readonly byte[] Photo = TestImages.Jpeg(64, 48);

    private readonly PlainMeterFactory _meters = new();
    private readonly TaggingMetrics _metrics;
    private readonly SlowDecoder _decoder = new();

    public PhotoPreparerTests()
    {
        _metrics = new TaggingMetrics(_meters);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _metrics.Dispose();
        _meters.Dispose();
        _decoder.Dispose();
    }

    [Fact]
    public async Task FloodOfPhotos_NeverDecodesMoreThanItsShare()
    {
        using var preparer = Create(new TaggingOptions { DecodeConcurrency = 2 });
        var flood = Enumerable.Range(0, 12).Select(_ => Task.Run(() => preparer.PrepareAsync(Photo, true, null, Token), Token)).ToArray();
        await _decoder.Began();
        await _decoder.Began();

        _decoder.LetAllGo();
        foreach (var outcome in await Task.WhenAll(flood))
        {
            outcome.Value!.Crop.Dispose();
        }

        Assert.Equal(2, _decoder.MostAtOnce);
    }

    [Theory]
    [InlineData(0, true, 16, 8)]
    [InlineData(0, true, 1, 1)]
    [InlineData(0, false, 16, 16)]
    [InlineData(3, false, 16, 3)]
    public void Share_IsHalfOfTheProcessors_AndAllWhereACardEncodes(int configured, bool encoderUsesCores, int processors, int expected) =>
        Assert.Equal(expected, PhotoPreparer.Share(new TaggingOptions { DecodeConcurrency = configured }, encoderUsesCores, processors));

    [Fact]
    public async Task CancelledWhileWaitingForAShare_EndsAtOnce()
    {
        using var preparer = Create(new TaggingOptions { DecodeConcurrency = 1 });
        var first = Task.Run(() => preparer.PrepareAsync(Photo, true, null, Token), Token);
        await _decoder.Began();
        using var cancel = new CancellationTokenSource();
        var second = preparer.PrepareAsync(Photo, true, null, cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        _decoder.LetAllGo();
        (await first).Value!.Crop.Dispose();
        (await preparer.PrepareAsync(Photo, true, null, Token)).Value!.Crop.Dispose();
        Assert.Equal(2, _decoder.Decoded);
    }

    [Fact]
    public async Task DeadlineThatPassesWhileWaitingForAShare_IsItsOwnFault()
    {
        var time = new FakeTimeProvider();
        using var preparer = Create(new TaggingOptions { DecodeConcurrency = 1 }, time);
        var first = Task.Run(() => preparer.PrepareAsync(Photo, true, null, Token), Token);
        await _decoder.Began();
        var second = preparer.PrepareAsync(Photo, true, TimeSpan.FromSeconds(2), Token);

        time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(TaggingErrorCode.DeadlineExceeded, (await second).Error?.Code);
        _decoder.LetAllGo();
        (await first).Value!.Crop.Dispose();
    }

    [Fact]
    public async Task PhotosThatDoNotMove_AreCalledStalled()
    {
        var time = new FakeTimeProvider();
        using var preparer = Create(new TaggingOptions { DecodeConcurrency = 1 }, time);
        var first = Task.Run(() => preparer.PrepareAsync(Photo, true, null, Token), Token);
        await _decoder.Began();
        Assert.Null(preparer.Stalled(TimeSpan.FromSeconds(60)));

        time.Advance(TimeSpan.FromSeconds(61));

        Assert.NotNull(preparer.Stalled(TimeSpan.FromSeconds(60)));
        _decoder.LetAllGo();
        (await first).Value!.Crop.Dispose();
        Assert.Null(preparer.Stalled(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task PhotoThatNeedsTheLibrary_IsPreparedInAChildAndAPlainOneHere()
    {
        using var library = new PhotoPreparer(
            new ImagePreprocessor(new InProcessImageDecoder(), 32),
            new TaggingOptions(),
            new DecodingOptions(),
            _metrics,
            TimeProvider.System,
            NullLogger<PhotoPreparer>.Instance
        );
        Assert.Empty(library.ChildIds);

        (await library.PrepareAsync(Photo, true, null, Token)).Value!.Crop.Dispose();
        Assert.Empty(library.ChildIds);

        (await library.PrepareAsync(TestImages.Png(64, 48), true, TimeSpan.FromMinutes(5), Token)).Value!.Crop.Dispose();
        Assert.Single(library.ChildIds);
    }

    [Fact]
    public async Task InProcess_StartsNoChild()
    {
        using var preparer = new PhotoPreparer(
            new ImagePreprocessor(new InProcessImageDecoder(), 32),
            new TaggingOptions(),
            new DecodingOptions { Codecs = CodecIsolation.InProcess },
            _metrics,
            TimeProvider.System,
            NullLogger<PhotoPreparer>.Instance
        );
        preparer.Start();

        (await preparer.PrepareAsync(TestImages.Png(64, 48), true, null, Token)).Value!.Crop.Dispose();

        Assert.Empty(preparer.ChildIds);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 64)]
    public async Task ReducedScale_IsAskedForOnlyWhenTheOptionAllowsIt(bool allowed, int target)
    {
        using var preparer = Create(new TaggingOptions { ReducedScaleDecoding = allowed, MaxImagePixels = 12_345 });
        _decoder.LetAllGo();

        (await preparer.PrepareAsync(Photo, applyOrientation: false, timeout: null, Token)).Value!.Crop.Dispose();

        Assert.Equal(new ImageDecodeRequest(12_345, ApplyOrientation: false, target, new DecodingOptions().MaxWork), _decoder.LastRequest);
    }

    private PhotoPreparer Create(TaggingOptions options, TimeProvider? time = null) =>
        new(
            new ImagePreprocessor(_decoder, 32),
            options,
            new DecodingOptions(),
            _metrics,
            time ?? TimeProvider.System,
            NullLogger<PhotoPreparer>.Instance
        );

    private sealed class SlowDecoder : IImageDecoder, IDisposable
    {
        private readonly InProcessImageDecoder _inner = new();
        private readonly ManualResetEventSlim _go = new();
        private readonly SemaphoreSlim _began = new(0);
        private int _running;
        private int _mostAtOnce;
        private int _decoded;

        public int MostAtOnce => _mostAtOnce;

        public int Decoded => _decoded;

        public ImageDecodeRequest? LastRequest { get; private set; }

        public Outcome<DecodedImage> Decode(ReadOnlyMemory<byte> encoded, ImageDecodeRequest request)
        {
            LastRequest = request;
            var running = Interlocked.Increment(ref _running);
            InterlockedMax(running);
            _began.Release();
            _go.Wait(Token);
            var decoded = _inner.Decode(encoded, request);
            Interlocked.Decrement(ref _running);
            Interlocked.Increment(ref _decoded);
            return decoded;
        }

        public Task Began() => _began.WaitAsync(Token);

        public void LetAllGo() => _go.Set();

        public void Dispose()
        {
            _go.Dispose();
            _began.Dispose();
        }

        private void InterlockedMax(int running)
        {
            int seen;
            while ((seen = _mostAtOnce) < running && Interlocked.CompareExchange(ref _mostAtOnce, running, seen) != seen) { }
        }
    }
}
