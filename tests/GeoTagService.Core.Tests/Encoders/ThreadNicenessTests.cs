using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Encoders;

public sealed class ThreadNicenessTests
{
    private const string Skip = "only Linux gives a thread a niceness of its own";

    [Fact]
    public void Run_IsNiceAndLeavesItsCallerAsItIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), Skip);
        var before = Niceness();

        Assert.Equal(before + 7, ThreadNiceness.Run(before + 7, Niceness));
        Assert.Equal(before, Niceness());
    }

    [Fact]
    public void Set_LeavesAThreadThatIsNicerAsItIs()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), Skip);
        // A process may have been started less nice than others.
        var niceness = Math.Max(Niceness(), 0) + 5;

        Assert.Equal(
            niceness,
            ThreadNiceness.Run(
                niceness,
                () =>
                {
                    ThreadNiceness.Set(niceness - 3);
                    return Niceness();
                }
            )
        );
    }

    [Fact]
    public void Run_ThrowsWhatItsWorkThrows() =>
        Assert.Throws<BundleException>(() => ThreadNiceness.Run<int>(5, () => throw new BundleException("no such weights")));

    [Theory]
    [InlineData(-1)]
    [InlineData(20)]
    public void Set_KnowsTheLimits(int niceness) => Assert.Throws<ArgumentOutOfRangeException>(() => ThreadNiceness.Set(niceness));

    [Fact]
    public async Task Lanes_ComputeAsNicelyAsTheEncoderSays()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), Skip);
        var token = TestContext.Current.CancellationToken;
        var niceness = Niceness() + 6;
        var engine = new FakeClipEngine { Runtime = new EncoderRuntime("fake", "cpu", "fp32", 1) { Niceness = niceness } };
        await using var tagger = await TaggerFactory.CreateAsync(BundleReader.OpenEmbedded(), engine, cancellationToken: token);
        var seen = 0;
        engine.Encoder!.OnRun = _ => seen = Niceness();

        Assert.True((await tagger.Tagger.TagAsync(new TagInput { Title = "A canal bridge" }, token)).IsSuccess);
        Assert.Equal(niceness, seen);
    }

    /// <summary>Of the calling thread: the 19th field of its stat, the name being the second, in parentheses (proc(5)).</summary>
    private static int Niceness() =>
        int.Parse(
            File.ReadAllText("/proc/thread-self/stat").Split(") ")[^1].Split(' ')[16],
            System.Globalization.CultureInfo.InvariantCulture
        );
}
