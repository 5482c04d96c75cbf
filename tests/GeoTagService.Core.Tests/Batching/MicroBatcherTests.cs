using System.Collections.Concurrent;
using CsCheck;
using GeoTagService.Core.Batching;
using Microsoft.Extensions.Time.Testing;

namespace GeoTagService.Core.Tests.Batching;

public sealed class MicroBatcherTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LoneItem_RunsAloneAndAtOnce()
    {
        await using var lane = new TestLane();

        var outcome = await lane.Batcher.SubmitAsync(5, null, Token);

        Assert.True(outcome.IsSuccess);
        Assert.Equal(TestLane.ResultOf(5), outcome.Value.Value);
        Assert.Equal(1, outcome.Value.BatchSize);
        Assert.Equal([5], lane.Released);
    }

    [Fact]
    public async Task ItemsQueuedDuringARun_AreTakenTogetherUpToTheMaximum()
    {
        await using var lane = new TestLane(maxBatchSize: 4, held: true);
        var first = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var rest = Enumerable.Range(1, 6).Select(i => lane.Batcher.SubmitAsync(i, null, Token)).ToArray();

        lane.LetAllRun();
        await Task.WhenAll([first, .. rest]);

        Assert.Equal(
            [
                [0],
                [1, 2, 3, 4],
                [5, 6],
            ],
            lane.Batches
        );
    }

    [Fact]
    public async Task QueueFull_IsRefusedAtOnceWithRetryAfter()
    {
        await using var lane = new TestLane(new BatchingOptions { QueueCapacity = 3 }, held: true);
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var queued = Enumerable.Range(1, 3).Select(i => lane.Batcher.SubmitAsync(i, null, Token)).ToArray();

        var refused = lane.Batcher.SubmitAsync(4, null, Token);

        Assert.True(refused.IsCompleted);
        var error = (await refused).Error;
        Assert.Equal(TaggingErrorCode.Overloaded, error?.Code);
        Assert.True(error?.RetryAfter > TimeSpan.Zero);
        Assert.Equal([4], lane.Released);
        lane.LetAllRun();
        Assert.All(await Task.WhenAll([running, .. queued]), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public async Task ReservedPlace_CountsAsQueuedUntilItIsGivenBack()
    {
        await using var lane = new TestLane(new BatchingOptions { QueueCapacity = 1 });

        var place = lane.Batcher.Reserve(null);
        Assert.True(place.IsSuccess);
        Assert.Equal(TaggingErrorCode.Overloaded, lane.Batcher.Reserve(null).Error?.Code);

        place.Value.Dispose();
        place.Value.Dispose();
        Assert.Equal(0, lane.Batcher.QueueLength);
        Assert.True((await lane.Batcher.SubmitAsync(1, null, Token)).IsSuccess);
    }

    [Fact]
    public async Task CancelledWhileQueued_NeverRunsAndIsReleased()
    {
        await using var lane = new TestLane(held: true);
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        using var cancel = new CancellationTokenSource();
        var doomed = lane.Batcher.SubmitAsync(1, null, cancel.Token);
        var other = lane.Batcher.SubmitAsync(2, null, Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => doomed);
        lane.LetAllRun();
        await Task.WhenAll(running, other);

        Assert.Equal(
            [
                [0],
                [2],
            ],
            lane.Batches
        );
        await lane.Batcher.StopAsync(Token);
        Assert.Equal([0, 1, 2], lane.Released.Order());
    }

    [Fact]
    public async Task CancelledDuringItsRun_ReleasesItsItemOnlyAfterTheRun()
    {
        await using var lane = new TestLane(held: true);
        using var cancel = new CancellationTokenSource();
        var doomed = lane.Batcher.SubmitAsync(1, null, cancel.Token);
        await lane.RunBegan();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => doomed);

        Assert.Empty(lane.Released);
        lane.LetAllRun();
        await lane.Batcher.StopAsync(Token);
        Assert.Equal([1], lane.Released);
    }

    [Fact]
    public async Task AlreadyCancelled_IsNeitherQueuedNorRun()
    {
        await using var lane = new TestLane();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            lane.Batcher.SubmitAsync(1, null, new CancellationToken(canceled: true))
        );

        Assert.Equal([1], lane.Released);
        Assert.Equal(0, lane.Batcher.QueueLength);
        Assert.Empty(lane.Batches);
    }

    [Fact]
    public async Task BadItems_FailAloneAndEveryoneElseGetsTheirOwnResult()
    {
        await Gen.Int[0, 19]
            .Array[0, 4]
            .SampleAsync(
                async bad =>
                {
                    await using var lane = new TestLane(
                        maxBatchSize: 20,
                        held: true,
                        onRun: items =>
                        {
                            if (items.Any(bad.Contains))
                            {
                                throw new InvalidOperationException("bad item");
                            }
                        }
                    );
                    var running = lane.Batcher.SubmitAsync(100, null, Token);
                    await lane.RunBegan();
                    var queued = Enumerable.Range(0, 20).Select(i => lane.Batcher.SubmitAsync(i, null, Token)).ToArray();
                    lane.LetAllRun();

                    await running;
                    var outcomes = await Task.WhenAll(queued);
                    for (var i = 0; i < 20; i++)
                    {
                        if (bad.Contains(i))
                        {
                            Assert.Equal(TaggingErrorCode.InferenceFailed, outcomes[i].Error?.Code);
                        }
                        else
                        {
                            Assert.Equal(TestLane.ResultOf(i), outcomes[i].Value?.Value);
                        }
                    }

                    Assert.Equal(21, lane.Released.Distinct().Count());
                    Assert.Equal(21, lane.Released.Count);
                },
                iter: 30,
                threads: 1
            );
    }

    [Fact]
    public async Task CrashOfTheLoopItself_FailsWhomItHeldAndServesTheNext()
    {
        await using var lane = new TestLane(held: true, length: item => item == 13 ? throw new InvalidOperationException("planted") : 1);
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var held = new[] { lane.Batcher.SubmitAsync(13, null, Token), lane.Batcher.SubmitAsync(1, null, Token) };
        lane.LetAllRun();

        Assert.True((await running).IsSuccess);
        Assert.All(await Task.WhenAll(held), o => Assert.Equal(TaggingErrorCode.InferenceFailed, o.Error?.Code));
        Assert.True((await lane.Batcher.SubmitAsync(2, null, Token)).IsSuccess);
        Assert.Equal([0, 1, 2, 13], lane.Released.Order());
    }

    [Fact]
    public async Task ReleaseThatThrows_DoesNotStopTheLane()
    {
        await using var lane = new TestLane(onRelease: item => _ = item == 1 ? throw new InvalidOperationException("planted") : 0);

        Assert.Equal(TestLane.ResultOf(1), (await lane.Batcher.SubmitAsync(1, null, Token)).Value?.Value);
        Assert.Equal(TestLane.ResultOf(2), (await lane.Batcher.SubmitAsync(2, null, Token)).Value?.Value);
    }

    [Fact]
    public async Task RunThatHasNoMemory_IsHalvedUntilThereIsEnough()
    {
        await using var lane = new TestLane(
            held: true,
            onRun: items =>
            {
                if (items.Count > 2)
                {
                    throw new InsufficientMemoryException("no more");
                }
            }
        );
        var first = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var others = Enumerable.Range(1, 8).Select(item => lane.Batcher.SubmitAsync(item, null, Token)).ToList();
        lane.LetAllRun();

        var outcomes = await Task.WhenAll(others.Prepend(first));

        Assert.Equal(Enumerable.Range(0, 9).Select(TestLane.ResultOf), outcomes.Select(outcome => outcome.Value!.Value));
        Assert.Equal([1, 8, 4, 2, 2, 4, 2, 2], lane.Batches.Select(batch => batch.Length));
    }

    [Fact]
    public async Task EveryThirdRunThatFails_IsAnsweredOneByOne()
    {
        var runs = 0;
        await using var lane = new TestLane(onRun: items =>
        {
            if (items.Count > 1 && Interlocked.Increment(ref runs) % 3 == 0)
            {
                throw new InvalidOperationException("the third");
            }
        });

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(item => lane.Batcher.SubmitAsync(item, null, Token)));

        Assert.Equal(Enumerable.Range(0, 200).Select(TestLane.ResultOf), outcomes.Select(outcome => outcome.Value!.Value));
    }

    [Fact]
    public async Task RunThatGivesTooFewResults_FailsItsItems()
    {
        await using var batcher = new MicroBatcher<int, long>(
            new Lane<int, long>
            {
                Name = "short",
                MaxBatchSize = 4,
                Run = (_, _) => [],
            },
            new BatchingOptions(),
            new InferenceGate(1),
            new Core.Telemetry.TaggingMetrics(new PlainMeterFactory()),
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
        );

        Assert.Equal(TaggingErrorCode.InferenceFailed, (await batcher.SubmitAsync(1, null, Token)).Error?.Code);
    }

    [Fact]
    public async Task Linger_WaitsForCompanyUntilItsTimeIsUp()
    {
        var time = new FakeTimeProvider();
        await using var lane = new TestLane(new BatchingOptions { Linger = TimeSpan.FromMilliseconds(5) }, time);
        var first = lane.Batcher.SubmitAsync(1, null, Token);
        var second = lane.Batcher.SubmitAsync(2, null, Token);

        // The lane's thread sets its timer when it gets there; time moves on until it has.
        while (!first.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(5));
            await Task.Yield();
        }

        await Task.WhenAll(first, second);
        Assert.Equal(
            [
                [1, 2],
            ],
            lane.Batches
        );
    }

    [Fact]
    public async Task Linger_EndsWhenTheBatchIsFull()
    {
        var time = new FakeTimeProvider();
        await using var lane = new TestLane(new BatchingOptions { Linger = TimeSpan.FromMilliseconds(5) }, time, maxBatchSize: 2);

        // Time stands still: only fullness can end the linger.
        var outcomes = await Task.WhenAll(lane.Batcher.SubmitAsync(1, null, Token), lane.Batcher.SubmitAsync(2, null, Token));

        Assert.All(outcomes, outcome => Assert.Equal(2, outcome.Value?.BatchSize));
    }

    [Fact]
    public async Task UnequalLengths_RunApartWherePaddingCostsMoreThanARun()
    {
        await using var lane = new TestLane(maxBatchSize: 8, held: true, length: item => item, runOverhead: 20);
        var running = lane.Batcher.SubmitAsync(1, null, Token);
        await lane.RunBegan();
        var queued = new[] { 77, 7, 8, 76, 6 }.Select(i => lane.Batcher.SubmitAsync(i, null, Token)).ToArray();
        lane.LetAllRun();
        await Task.WhenAll([running, .. queued]);

        Assert.Equal(
            [
                [1],
                [6, 7, 8],
                [76, 77],
            ],
            lane.Batches
        );
    }

    [Fact]
    public async Task BetweenTwoRunsOfOneLane_TheOtherLaneHasItsTurn()
    {
        await using var lane = new TestLane(maxBatchSize: 8, held: true, length: item => item, runOverhead: 1);
        var first = lane.Batcher.SubmitAsync(1, null, Token);
        await lane.RunBegan();
        var shortOne = lane.Batcher.SubmitAsync(2, null, Token);
        var longOne = lane.Batcher.SubmitAsync(77, null, Token);
        lane.LetOneRun();
        await lane.RunBegan();
        var runsWhenTheOtherEntered = Task.Factory.StartNew(
            () =>
            {
                lane.Gate.Enter();
                var runs = lane.Batches.Count;
                lane.Gate.Exit();
                return runs;
            },
            Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        while (lane.Gate.Waiting == 0)
        {
            await Task.Yield();
        }

        lane.LetAllRun();

        Assert.Equal(2, await runsWhenTheOtherEntered);
        await Task.WhenAll(first, shortOne, longOne);
        Assert.Equal(
            [
                [1],
                [2],
                [77],
            ],
            lane.Batches
        );
    }

    [Fact]
    public async Task Stop_DrainsWhatIsQueuedAndRefusesWhatComes()
    {
        await using var lane = new TestLane(held: true);
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var queued = lane.Batcher.SubmitAsync(1, null, Token);

        var stop = lane.Batcher.StopAsync(Token);
        var late = await lane.Batcher.SubmitAsync(2, null, Token);
        Assert.Equal(TaggingErrorCode.NotReady, late.Error?.Code);
        Assert.NotNull(late.Error?.RetryAfter);
        lane.LetAllRun();
        await stop;

        Assert.True((await running).IsSuccess);
        Assert.True((await queued).IsSuccess);
    }

    [Fact]
    public async Task StopBeyondItsLimit_FailsTheRestAndReleasesItemsWhenTheirRunEnds()
    {
        await using var lane = new TestLane(new BatchingOptions { DrainTimeout = TimeSpan.Zero }, held: true);
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var queued = lane.Batcher.SubmitAsync(1, null, Token);

        await lane.Batcher.StopAsync(Token);

        Assert.Equal(TaggingErrorCode.NotReady, (await queued).Error?.Code);
        Assert.Equal(TaggingErrorCode.NotReady, (await running).Error?.Code);
        Assert.Equal([1], lane.Released);
        lane.LetAllRun();
        while (lane.Released.Count < 2)
        {
            await Task.Yield();
        }

        Assert.Equal([0, 1], lane.Released.Order());
    }

    [Fact]
    public async Task WorkThatDoesNotMove_IsReportedAsStalled()
    {
        var time = new FakeTimeProvider();
        await using var lane = new TestLane(new BatchingOptions { StallTimeout = TimeSpan.FromSeconds(30) }, time, held: true);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null(lane.Batcher.Stalled());

        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Null(lane.Batcher.Stalled());
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("has not moved for 31 s", lane.Batcher.Stalled(), StringComparison.Ordinal);

        lane.LetAllRun();
        await running;
        while (lane.Batcher.Stalled() is not null)
        {
            await Task.Yield();
        }
    }

    [Fact]
    public async Task SlowLane_RefusesWhoeverCannotBeServedInTime()
    {
        var time = new FakeTimeProvider();
        await using var lane = new TestLane(
            new BatchingOptions { MaxWait = TimeSpan.FromSeconds(5) },
            time,
            maxBatchSize: 2,
            held: true,
            // Every run takes four seconds.
            onRun: _ => time.Advance(TimeSpan.FromSeconds(4))
        );
        // Nobody is turned away for what one or two runs after a start took.
        for (var run = 0; run < 3; run++)
        {
            var early = lane.Batcher.SubmitAsync(0, null, Token);
            await lane.RunBegan();
            Assert.Null(lane.Batcher.Refusal(TimeSpan.FromSeconds(1)));
            lane.LetOneRun();
            await early;
        }

        while (lane.Gate.Free == 0)
        {
            await Task.Yield();
        }

        var running = lane.Batcher.SubmitAsync(1, null, Token);
        await lane.RunBegan();

        // 4 s for the run under way, 4 s for its own.
        Assert.Equal(TaggingErrorCode.DeadlineExceeded, lane.Batcher.Refusal(TimeSpan.FromSeconds(7))?.Code);
        Assert.Equal(TimeSpan.FromSeconds(1), lane.Batcher.Refusal(TimeSpan.FromSeconds(7))?.RetryAfter);
        Assert.Null(lane.Batcher.Refusal(TimeSpan.FromSeconds(9)));

        // MaxWait bounds the wait alone: one ahead is 4 s, two are beyond 5.
        var second = lane.Batcher.SubmitAsync(2, null, Token);
        var third = await lane.Batcher.SubmitAsync(3, null, Token);
        Assert.Equal(TaggingErrorCode.Overloaded, third.Error?.Code);
        Assert.True(third.Error?.RetryAfter > TimeSpan.Zero);

        lane.LetAllRun();
        Assert.All(await Task.WhenAll(running, second), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public async Task WorkersThatWaitForOneAnother_DoNotMakeTheLaneSeemSlower()
    {
        var time = new FakeTimeProvider();
        await using var lane = new TestLane(
            time: time,
            maxBatchSize: 1,
            workers: 2,
            held: true,
            onRun: _ => time.Advance(TimeSpan.FromSeconds(4))
        );
        // Each on the whole machine, one after the other, while the other worker stands at the gate.
        var early = Enumerable.Range(0, 6).Select(item => lane.Batcher.SubmitAsync(item, null, Token)).ToArray();
        for (var run = 0; run < early.Length; run++)
        {
            await lane.RunBegan();
            lane.LetOneRun();
        }

        await Task.WhenAll(early);
        var running = lane.Batcher.SubmitAsync(7, null, Token);
        await lane.RunBegan();

        // 4 s for the run under way, 4 s for its own.
        Assert.Null(lane.Batcher.Refusal(TimeSpan.FromSeconds(8.5)));
        Assert.Equal(TaggingErrorCode.DeadlineExceeded, lane.Batcher.Refusal(TimeSpan.FromSeconds(7.5))?.Code);
        lane.LetAllRun();
        Assert.True((await running).IsSuccess);
    }

    [Fact]
    public async Task DeadlinePassedInTheQueue_IsNotRun()
    {
        var time = new FakeTimeProvider();
        await using var lane = new TestLane(time: time, held: true);
        var running = lane.Batcher.SubmitAsync(0, null, Token);
        await lane.RunBegan();
        var late = lane.Batcher.SubmitAsync(1, TimeSpan.FromSeconds(2), Token);

        time.Advance(TimeSpan.FromSeconds(3));
        lane.LetAllRun();

        Assert.True((await running).IsSuccess);
        Assert.Equal(TaggingErrorCode.DeadlineExceeded, (await late).Error?.Code);
        Assert.Equal(
            [
                [0],
            ],
            lane.Batches
        );
    }

    [Fact]
    public async Task RandomTraffic_EveryWaiterEndsOnceWithItsOwnResult()
    {
        var traffic = Gen.Select(Gen.Int[1, 12], Gen.Int[1, 3], Gen.Int[1, 60], Gen.Int[0, 1000]);
        await traffic.SampleAsync(
            async (maxBatchSize, workers, count, seed) =>
            {
                var random = new Random(seed);
                await using var lane = new TestLane(
                    new BatchingOptions { QueueCapacity = 40 },
                    maxBatchSize: maxBatchSize,
                    workers: workers,
                    onRun: items =>
                    {
                        if (items.Any(item => item % 11 == 10))
                        {
                            throw new InvalidOperationException("bad item");
                        }
                    }
                );
                var ended = new ConcurrentDictionary<int, int>();
                var waiters = Enumerable
                    .Range(0, count)
                    .Select(async item =>
                    {
                        using var cancel = new CancellationTokenSource();
                        var wait = lane.Batcher.SubmitAsync(item, null, cancel.Token);
                        if (item % 3 == 0)
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
                                Assert.NotEqual(10, item % 11);
                            }
                            else
                            {
                                Assert.True(outcome.Error.Code == TaggingErrorCode.Overloaded || item % 11 == 10);
                            }
                        }
                        catch (OperationCanceledException)
                        {
                            Assert.Equal(0, item % 3);
                        }

                        ended.AddOrUpdate(item, 1, (_, times) => times + 1);
                    })
                    .ToArray();
                await Task.WhenAll(waiters);
                await lane.Batcher.StopAsync(Token);

                Assert.Equal(Enumerable.Repeat(1, count), ended.Values);
                Assert.Equal(Enumerable.Range(0, count), lane.Released.Order());
                Assert.All(lane.Batches, batch => Assert.InRange(batch.Length, 1, maxBatchSize));
                Assert.Equal(0, lane.Batcher.QueueLength);
            },
            iter: 200,
            threads: 1
        );
    }
}
