using GeoTagService.Core.Bundles;

namespace GeoTagService.Onnx.Tests;

// Alone: other tests' encoders have pinned threads, too.
[CollectionDefinition(nameof(CoreAffinityTests), DisableParallelization = true)]
[Collection(nameof(CoreAffinityTests))]
public sealed class CoreAffinityTests
{
    private const string Allowed = "Cpus_allowed_list:";

    private static readonly int Cores = ProcessorCores.Usable();

    [Fact]
    public async Task CallingThread_IsPinnedUntilItIsFreed()
    {
        var affinity = Required();
        var (before, pinned, freed) = await OnAThreadOfItsOwn(() =>
        {
            var before = AllowedHere();
            affinity.Pin();
            var pinned = AllowedHere();
            affinity.Free();
            return (before, pinned, AllowedHere());
        });

        Assert.NotEqual(before, pinned);
        Assert.Equal(before, freed);
        Assert.Equal(Cores - 1, affinity.Workers.Split(';').Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public void OtherThreadsThanCores_AreLeftAlone(int threads) => Assert.Null(CoreAffinity.For(threads));

    [Fact]
    public async Task PinnedEncoder_HasWorkersOnCoresOfTheirOwnAndTheSameAnswers()
    {
        Required();
        var (pinnedBefore, pixels) = (PinnedThreads(), new byte[1000 * 1000]);
        new Random(5).NextBytes(pixels);

        using var free = Load(pinned: false);
        Assert.Empty(PinnedThreads().Except(pinnedBefore));
        using var pinned = Load(pinned: true);
        // Both towers have workers of their own.
        Assert.Equal(2 * (Cores - 1), PinnedThreads().Except(pinnedBefore).Count());

        var (expected, found) = (await Embed(free), await Embed(pinned));
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], found[i], 1e-5f);
        }

        async Task<float[]> Embed(OnnxClipEncoder encoder)
        {
            var embedding = new float[encoder.Geometry.EmbeddingDimension];
            var size = encoder.Geometry.ImageSize;
            await OnAThreadOfItsOwn(() =>
            {
                var before = AllowedHere();
                encoder.EncodeImages([pixels.AsMemory(0, size * size * 3)], embedding);
                Assert.Equal(before, AllowedHere());
                return 0;
            });
            return embedding;
        }
    }

    private static CoreAffinity Required()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "threads are pinned on Linux only");
        Assert.SkipUnless(Cores > 1, "one core");
        var affinity = CoreAffinity.For(Cores);
        Assert.SkipWhen(affinity is null, "this process has a share of the processors, or does not see its cores");
        return affinity!;
    }

    private static OnnxClipEncoder Load(bool pinned) =>
        (OnnxClipEncoder)
            OnnxClipEngineTests
                .Engine(
                    new OnnxEncoderOptions
                    {
                        Accelerator = AcceleratorChoice.Cpu,
                        IntraOpThreads = Cores,
                        ConcurrentRuns = 1,
                        PinThreads = pinned,
                    }
                )
                .LoadEncoder(BundleReader.OpenEmbedded());

    private static string AllowedHere() => AllowedOf("/proc/thread-self/status")!;

    private static string? AllowedOf(string status)
    {
        try
        {
            return File.ReadLines(status).First(line => line.StartsWith(Allowed, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            // The thread has ended.
            return null;
        }
    }

    /// <summary>Threads of this process that may not go wherever the process may.</summary>
    /// <remarks>By their names, not their count: threads of earlier tests may end at any time.</remarks>
    private static HashSet<string> PinnedThreads()
    {
        var all = AllowedOf("/proc/self/status");
        return
        [
            .. Directory
                .EnumerateDirectories("/proc/self/task")
                .Where(thread => AllowedOf(Path.Combine(thread, "status")) is { } allowed && allowed != all),
        ];
    }

    private static Task<T> OnAThreadOfItsOwn<T>(Func<T> work) =>
        Task.Factory.StartNew(work, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
