using System.Security.Cryptography;
using GeoTagService.Models.Sources;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Sources;

public sealed class SourceFetcherTests : IDisposable
{
    private static readonly byte[] Content = Noise(300_000);
    private static readonly byte[] Page = [.. "<html>Please log in</html>"u8];
    private readonly TemporaryFolder _folder = new();
    private readonly HurriedTimeProvider _time = new();
    private readonly HttpClient _client = BundlePuller.CreateClient();
    private readonly List<PullProgress> _progress = [];

    private string Target => _folder.PathOf("weights.bin");

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task HonestServer_GivesTheFile()
    {
        await Fetch(MisbehavingServer.Honest);

        Assert.Equal([PullStage.Fetching, PullStage.Verified], _progress.Select(report => report.Stage).Distinct());
        Assert.Equal(Content.Length, _progress[^1].Bytes);
        Assert.Equal(["weights.bin"], Left());
    }

    [Fact]
    public async Task CutConnection_GoesOnWhereItWasCut()
    {
        var requests = await Fetch(
            (content, request, before) =>
                before < 2
                    ? MisbehavingServer.Honest(content, request) with
                    {
                        CutAfter = 100_000,
                    }
                    : MisbehavingServer.Honest(content, request)
        );

        Assert.Equal([null, 100_000L, 200_000L], requests.Select(request => request.From));
        Assert.Equal(2, _time.Pauses.Count);
    }

    [Fact]
    public async Task CutWithoutALength_GoesOnWhereItWasCut()
    {
        var requests = await Fetch(
            (content, request, before) =>
                before == 0 ? new Reply(200, content) { Length = null, CutAfter = 7 } : MisbehavingServer.Honest(content, request)
        );

        Assert.Equal([null, 7L], requests.Select(request => request.From));
    }

    [Fact]
    public async Task EarlierRun_IsGoneOnWith()
    {
        await Assert.ThrowsAsync<PullException>(() =>
            Fetch((content, request, _) => request.From is null ? new Reply(200, content) { CutAfter = 5_000 } : new Reply(503, []))
        );

        var requests = await Fetch(MisbehavingServer.Honest);

        Assert.Equal([5_000L], requests.Select(request => request.From));
    }

    [Fact]
    public async Task ServerWithoutRanges_StartsOver()
    {
        var requests = await Fetch((content, _, before) => new Reply(200, content) { CutAfter = before == 0 ? 1_000 : null });

        Assert.Equal(2, requests.Count);
    }

    [Fact]
    public async Task RangeThatTheServerRefuses_StartsOver()
    {
        var requests = await Fetch(
            (content, request, before) =>
                (before, request.From) switch
                {
                    (0, _) => new Reply(200, content) { CutAfter = 1_000 },
                    (_, null) => new Reply(200, content),
                    _ => new Reply(416, []),
                }
        );

        Assert.Equal([null, 1_000L, null], requests.Select(request => request.From));
    }

    [Fact]
    public async Task OtherRangeThanAskedFor_StartsOver()
    {
        var requests = await Fetch(
            (content, request, before) =>
                (before, request.From) switch
                {
                    (0, _) => new Reply(200, content) { CutAfter = 1_000 },
                    (_, null) => new Reply(200, content),
                    _ => MisbehavingServer.Honest(content, request with { From = 2_000 }),
                }
        );

        Assert.Equal([null, 1_000L, null], requests.Select(request => request.From));
    }

    [Fact]
    public async Task PartsOfTwoVersions_AreFetchedOnceMoreWhole()
    {
        var requests = await Fetch(
            (content, request, before) =>
                before == 0 ? new Reply(200, Noise(content.Length, 2)) { CutAfter = 1_000 } : MisbehavingServer.Honest(content, request)
        );

        Assert.Equal([null, 1_000L, null], requests.Select(request => request.From));
    }

    [Fact]
    public async Task WrongBytes_AreDeletedAndBothDigestsSaid()
    {
        var wrong = Noise(Content.Length, 3);

        var message = await Fails((_, request, _) => MisbehavingServer.Honest(wrong, request));

        Assert.Contains(Digest(wrong), message);
        Assert.Contains(Digest(Content), message);
        Assert.Empty(Left());
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    public async Task WrongLength_IsRefusedUnread(int length)
    {
        var message = await Fails((_, _, _) => new Reply(200, Noise(length)));

        Assert.Contains($"offers {length} bytes where 300000 are pinned", message);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task MoreBytesThanPinned_AreCut()
    {
        var message = await Fails((_, _, _) => new Reply(200, Noise(400_000)) { Length = null });

        Assert.Contains("more than 300000 bytes came", message);
    }

    [Fact]
    public async Task PageWithStatus200_IsRefused()
    {
        var message = await Fails((_, _, _) => new Reply(200, Page) { Headers = "Content-Type: text/html\r\n" });

        Assert.Contains("a web page", message);
    }

    [Fact]
    public async Task PageWhereNoSizeIsPinned_IsRefusedByItsDigest()
    {
        var message = await Fails((_, _, _) => new Reply(200, Page) { Length = null }, File() with { Bytes = null });

        Assert.Contains(Digest(Page), message);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task CutWhereNothingIsPinnedOrAnnounced_IsRefusedByItsDigest()
    {
        var message = await Fails((content, _, _) => new Reply(200, content) { Length = null, CutAfter = 9 }, File() with { Bytes = null });

        Assert.Contains("SHA-256", message);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(410)]
    public async Task RefusingHome_IsLeftForTheNext(int status)
    {
        var requests = await Fetch(
            (content, request, _) => request.Path == "/first" ? new Reply(status, Page) : MisbehavingServer.Honest(content, request),
            "first",
            "second"
        );

        Assert.Equal(["/first", "/second"], requests.Select(request => request.Path));
        Assert.Empty(_time.Pauses);
    }

    [Fact]
    public async Task HomeThatIsDown_IsTriedFiveTimesThenLeft()
    {
        var requests = await Fetch(
            (content, request, _) => request.Path == "/first" ? new Reply(500, Page) : MisbehavingServer.Honest(content, request),
            "first",
            "second"
        );

        Assert.Equal(5, requests.Count(request => request.Path == "/first"));
        Assert.Equal(4, _time.Pauses.Count);
        Assert.All(
            _time.Pauses.Select((pause, i) => (pause.TotalSeconds, Most: Math.Pow(2, i))),
            pause => Assert.InRange(pause.TotalSeconds, pause.Most / 2, pause.Most)
        );
    }

    [Fact]
    public async Task NoServer_IsTriedThenLeft()
    {
        var gone = new MisbehavingServer((_, _) => new Reply(200, Content));
        gone.Dispose();

        var exception = await Assert.ThrowsAsync<PullException>(() => FetchGone(gone));

        Assert.Contains("attempt 5, the last", exception.Message);
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData("Thu, 02 May 2024 12:00:45 GMT", 45)]
    [InlineData("86400", 120)]
    public async Task BusyServer_IsGivenTheTimeItAsksFor(string retryAfter, int seconds)
    {
        await Fetch(
            (content, request, before) =>
                before == 0 ? new Reply(503, []) { Headers = $"Retry-After: {retryAfter}\r\n" } : MisbehavingServer.Honest(content, request)
        );

        Assert.Equal([TimeSpan.FromSeconds(seconds)], _time.Pauses);
    }

    [Fact]
    public async Task Trickle_IsCutAndGoneOnWith()
    {
        using var server = new MisbehavingServer(
            (request, before) =>
                before == 0 ? new Reply(200, Content) { CutAfter = 1_000, Holds = true } : MisbehavingServer.Honest(Content, request)
        );
        var trickled = new TaskCompletionSource();
        var fetching = FetchFrom(server, File(), _ => trickled.TrySetResult(), ["weights.bin"], TestContext.Current.CancellationToken);
        await trickled.Task.WaitAsync(TestContext.Current.CancellationToken);

        _time.FireHeld();
        await fetching;

        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
        Assert.InRange(server.Requests[1].From!.Value, 1, 1_000);
        Assert.Contains(_progress, report => report.What.Contains("less than 65536 bytes came in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redirect_IsFollowed()
    {
        var requests = await Fetch(
            (content, request, _) =>
                request.Path == "/weights.bin"
                    ? new Reply(302, []) { Headers = "Location: /elsewhere/blob\r\n" }
                    : MisbehavingServer.Honest(content, request)
        );

        Assert.Equal(["/weights.bin", "/elsewhere/blob"], requests.Select(request => request.Path));
    }

    [Fact]
    public async Task FileThatIsThere_IsNotFetchedAgain()
    {
        await System.IO.File.WriteAllBytesAsync(Target, Content, TestContext.Current.CancellationToken);

        Assert.Empty(await Fetch(MisbehavingServer.Honest));
    }

    [Fact]
    public async Task DamagedFileThatIsThere_IsReplaced()
    {
        await System.IO.File.WriteAllBytesAsync(Target, Noise(Content.Length, 4), TestContext.Current.CancellationToken);

        Assert.Single(await Fetch(MisbehavingServer.Honest));
    }

    [Fact]
    public async Task Cancellation_KeepsWhatCame()
    {
        using var server = new MisbehavingServer((_, _) => new Reply(200, Content) { CutAfter = 1_000, Holds = true });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var cancelled = cancel.Token;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            FetchFrom(server, File(), _ => cancel.Cancel(), ["weights.bin"], cancelled)
        );

        Assert.EndsWith(".part", Assert.Single(Left()));
    }

    [Fact]
    public async Task Directory_GivesItsFile_OrSaysWhatIsWrong()
    {
        var source = _folder.Write("from/weights.bin", Content);
        await FetchFile(source);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));

        System.IO.File.Delete(Target);
        _folder.Write("from/weights.bin", Noise(Content.Length, 5));
        Assert.Contains("SHA-256", (await Assert.ThrowsAsync<PullException>(() => FetchFile(source))).Message);
        _folder.Write("from/weights.bin", Content[1..]);
        Assert.Contains("299999 bytes where", (await Assert.ThrowsAsync<PullException>(() => FetchFile(source))).Message);
        System.IO.File.Delete(source);
        Assert.Contains("no such file", (await Assert.ThrowsAsync<PullException>(() => FetchFile(source))).Message);
        Assert.False(System.IO.File.Exists(Target));
    }

    private Task FetchGone(MisbehavingServer gone) => FetchFrom(gone, File(), _ => { }, "weights.bin");

    private Task FetchFile(string source) =>
        Fetcher(_ => { }).FetchAsync(File(), [new Uri(source)], Target, TestContext.Current.CancellationToken);

    private static SourceFile File() => new("weights.bin", Content.Length, Digest(Content), new Uri("http://localhost/unused"));

    private Task<IReadOnlyList<SeenRequest>> Fetch(Func<byte[], SeenRequest, Reply> answer) =>
        Fetch((content, request, _) => answer(content, request));

    private async Task<IReadOnlyList<SeenRequest>> Fetch(Func<byte[], SeenRequest, int, Reply> answer, params string[] paths)
    {
        using var server = new MisbehavingServer((request, before) => answer(Content, request, before));
        await FetchFrom(server, File(), _ => { }, paths.Length > 0 ? paths : ["weights.bin"]);
        Assert.Equal(Content, await System.IO.File.ReadAllBytesAsync(Target, TestContext.Current.CancellationToken));
        return server.Requests;
    }

    private async Task<string> Fails(Func<byte[], SeenRequest, int, Reply> answer, SourceFile? file = null)
    {
        using var server = new MisbehavingServer((request, before) => answer(Content, request, before));
        var exception = await Assert.ThrowsAsync<PullException>(() => FetchFrom(server, file ?? File(), _ => { }, "weights.bin"));
        Assert.False(System.IO.File.Exists(Target));
        return exception.Message;
    }

    private Task FetchFrom(MisbehavingServer server, SourceFile file, Action<PullProgress> seen, params string[] paths) =>
        FetchFrom(server, file, seen, paths, TestContext.Current.CancellationToken);

    private Task FetchFrom(
        MisbehavingServer server,
        SourceFile file,
        Action<PullProgress> seen,
        string[] paths,
        CancellationToken cancellationToken
    ) => Fetcher(seen).FetchAsync(file, [.. paths.Select(path => new Uri(server.Base, path))], Target, cancellationToken);

    private SourceFetcher Fetcher(Action<PullProgress> seen) =>
        new(_client, _time, new TransferOptions { StallTimeout = HurriedTimeProvider.Threshold }, new Recorder(_progress, seen));

    private string[] Left() => [.. Directory.EnumerateFiles(_folder.Path).Select(path => Path.GetFileName(path))];

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed class Recorder(List<PullProgress> progress, Action<PullProgress> seen) : IProgress<PullProgress>
    {
        public void Report(PullProgress value)
        {
            progress.Add(value);
            seen(value);
        }
    }
}
