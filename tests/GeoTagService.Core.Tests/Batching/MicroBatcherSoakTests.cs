using GeoTagService.Core.Batching;

namespace GeoTagService.Core.Tests.Batching;

/// <summary>Contended cases, repeated; alone, so that they meet no other test's load.</summary>
[Collection(nameof(MicroBatcherSoakTests))]
[CollectionDefinition(nameof(MicroBatcherSoakTests), DisableParallelization = true)]
public sealed class MicroBatcherSoakTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task CrowdOfCallersThatComeAndGo_LosesNobodyAndNothing(int workers)
    {
        const int Callers = 32;
        const int Rounds = 500;
        await using var lane = new TestLane(
            new BatchingOptions { QueueCapacity = 16 },
            maxBatchSize: 5,
            workers: workers,
            length: item => 1 + (item % 7),
            runOverhead: 3,
            onRun: items =>
            {
                if (items.Any(item => item % 101 == 100))
                {
                    throw new InvalidOperationException("bad item");
                }
            }
        );
        var (served, refused, cancelled, failed) = (0, 0, 0, 0);

        await Parallel.ForAsync(
            0,
            Callers,
            new ParallelOptions { MaxDegreeOfParallelism = Callers, CancellationToken = TestContext.Current.CancellationToken },
            async (caller, _) =>
            {
                var random = new Random(caller);
                for (var round = 0; round < Rounds; round++)
                {
                    var item = (caller * Rounds) + round;
                    using var cancel = new CancellationTokenSource();
                    var wait = lane.Batcher.SubmitAsync(item, null, cancel.Token);
                    if (random.Next(4) == 0)
                    {
                        await Task.Yield();
                        await cancel.CancelAsync();
                    }

                    try
                    {
                        var outcome = await wait;
                        if (outcome.IsSuccess)
                        {
                            Assert.Equal(TestLane.ResultOf(item), outcome.Value.Value);
                            Interlocked.Increment(ref served);
                        }
                        else if (outcome.Error.Code == TaggingErrorCode.Overloaded)
                        {
                            Interlocked.Increment(ref refused);
                        }
                        else
                        {
                            Assert.Equal(100, item % 101);
                            Interlocked.Increment(ref failed);
                        }
                    }
                    catch (OperationCanceledException)
                    {
                        Interlocked.Increment(ref cancelled);
                    }
                }
            }
        );
        await lane.Batcher.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Callers * Rounds, served + refused + cancelled + failed);
        Assert.Equal(Enumerable.Range(0, Callers * Rounds), lane.Released.Order());
        Assert.Equal(0, lane.Batcher.QueueLength);
        Assert.True(served > 0 && failed > 0);
    }

    [Fact]
    public async Task StopInTheMiddle_EndsEveryWait()
    {
        for (var repeat = 0; repeat < 50; repeat++)
        {
            await using var lane = new TestLane(
                new BatchingOptions { QueueCapacity = 64, DrainTimeout = repeat % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(20) },
                maxBatchSize: 3
            );
            var waits = Enumerable
                .Range(0, 200)
                .Select(item => Task.Run(() => lane.Batcher.SubmitAsync(item, null, CancellationToken.None)))
                .ToArray();
            await waits[repeat];
            await lane.Batcher.StopAsync(TestContext.Current.CancellationToken);

            foreach (var outcome in await Task.WhenAll(waits))
            {
                Assert.True(outcome.IsSuccess || outcome.Error.Code is TaggingErrorCode.Overloaded or TaggingErrorCode.NotReady);
            }
        }
    }
}
