using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Core.Tests.Batching;

/// <summary>A lane of integers whose runs answer with a function of each item, with everything recorded.</summary>
internal sealed class TestLane : IAsyncDisposable
{
    private readonly SemaphoreSlim _mayRun = new(0);
    private readonly SemaphoreSlim _runBegan = new(0);
    private readonly TaggingMetrics _metrics;
    private volatile bool _held;

    public TestLane(
        BatchingOptions? options = null,
        TimeProvider? time = null,
        int maxBatchSize = 8,
        bool held = false,
        Func<int, int>? length = null,
        int runOverhead = 0,
        Action<IReadOnlyList<int>>? onRun = null,
        Action<int>? onRelease = null,
        int workers = 1,
        IMeterFactory? meters = null
    )
    {
        _held = held;
        _metrics = new TaggingMetrics(meters ?? new PlainMeterFactory());
        Batcher = new MicroBatcher<int, long>(
            new Lane<int, long>
            {
                Name = "test",
                MaxBatchSize = maxBatchSize,
                Length = length,
                RunOverhead = runOverhead,
                Workers = workers,
                Run = (items, _) =>
                {
                    Batches.Enqueue([.. items]);
                    _runBegan.Release();
                    if (_held)
                    {
                        _mayRun.Wait();
                    }

                    onRun?.Invoke(items);
                    return [.. items.Select(ResultOf)];
                },
                Release = item =>
                {
                    Released.Enqueue(item);
                    onRelease?.Invoke(item);
                },
            },
            options ?? new BatchingOptions(),
            workers == 1 ? Gate : new InferenceGate(workers),
            _metrics,
            time ?? TimeProvider.System,
            NullLogger.Instance
        );
    }

    public MicroBatcher<int, long> Batcher { get; }

    public InferenceGate Gate { get; } = new(1);

    public ConcurrentQueue<int[]> Batches { get; } = [];

    public ConcurrentQueue<int> Released { get; } = [];

    public static long ResultOf(int item) => (item * 1_000_003L) + 7;

    /// <summary>Waits until a run has begun.</summary>
    public Task RunBegan() => _runBegan.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Lets one held run go on.</summary>
    public void LetOneRun() => _mayRun.Release();

    /// <summary>Lets this and all later runs go on.</summary>
    public void LetAllRun()
    {
        _held = false;
        _mayRun.Release(1000);
    }

    public async ValueTask DisposeAsync()
    {
        LetAllRun();
        await Batcher.DisposeAsync();
        _metrics.Dispose();
        _mayRun.Dispose();
        _runBegan.Dispose();
    }
}

/// <summary>Makes meters without a container.</summary>
internal sealed class PlainMeterFactory : IMeterFactory
{
    public Meter Create(MeterOptions options)
    {
        // The scope is how a collector tells this factory's meter from that of a test beside it.
        options.Scope = this;
        return new Meter(options);
    }

    public void Dispose() { }
}
