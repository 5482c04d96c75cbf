using CsCheck;
using GeoTagService.Core.Batching;

namespace GeoTagService.Core.Tests.Batching;

public sealed class BurstAllowanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void BetweenTwoRests_TheQueueGrowsByTheBurstAndNoMore() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 300], Gen.Bool.Array[1, 500])
            .Sample(
                (standing, burst, arrivals) =>
                {
                    var allowance = new BurstAllowance(standing, burst);
                    var (queued, beyond) = (1, 0);
                    foreach (var arrives in arrivals)
                    {
                        if (!arrives)
                        {
                            // Never empty: the lane has no rest.
                            queued = Math.Max(1, queued - 1);
                        }
                        else if (allowance.Admits(queued))
                        {
                            beyond += queued >= standing ? 1 : 0;
                            allowance.Admitted(queued++, idle: false);
                        }
                        else
                        {
                            Assert.Equal(burst, beyond);
                            Assert.True(queued >= standing);
                        }
                    }

                    Assert.True(beyond <= burst);
                }
            );

    [Fact]
    public async Task LastingOverload_KeepsTheQueueShortUntilTheLaneHasRested()
    {
        // Eight may stand, four more are a burst.
        await using var lane = new TestLane(new BatchingOptions { StandingBatches = 2, QueueCapacity = 12 }, maxBatchSize: 4, held: true);
        var admitted = new List<Task<Outcome<Batched<long>>>> { lane.Batcher.SubmitAsync(0, null, Token) };
        await lane.RunBegan();
        admitted.AddRange(Enumerable.Range(1, 12).Select(i => lane.Batcher.SubmitAsync(i, null, Token)));
        Assert.All(admitted, task => Assert.False(task.IsCompleted));

        lane.LetOneRun();
        await lane.RunBegan();
        Assert.Equal(8, lane.Batcher.QueueLength);
        // Four of twelve lay beyond eight; eight of the allowance's twelve are left, and are used now.
        for (var i = 0; i < 4; i++)
        {
            admitted.Add(lane.Batcher.SubmitAsync(20 + i, null, Token));
        }

        lane.LetOneRun();
        await lane.RunBegan();
        for (var i = 0; i < 4; i++)
        {
            admitted.Add(lane.Batcher.SubmitAsync(30 + i, null, Token));
        }

        lane.LetOneRun();
        await lane.RunBegan();
        Assert.Equal(8, lane.Batcher.QueueLength);
        var refused = await lane.Batcher.SubmitAsync(40, null, Token);
        Assert.Equal(TaggingErrorCode.Overloaded, refused.Error?.Code);
        Assert.True(refused.Error?.RetryAfter > TimeSpan.Zero);

        lane.LetAllRun();
        Assert.All(await Task.WhenAll(admitted), outcome => Assert.True(outcome.IsSuccess));
    }

    [Fact]
    public void Rest_GivesTheAllowanceBack()
    {
        var allowance = new BurstAllowance(standing: 2, burst: 1);
        allowance.Admitted(2, idle: false);
        Assert.False(allowance.Admits(2));
        Assert.True(allowance.Admits(1));
        allowance.Admitted(0, idle: false);
        Assert.False(allowance.Admits(2));
        allowance.Admitted(0, idle: true);
        Assert.True(allowance.Admits(2));
    }

    [Fact]
    public async Task BulkWork_LeavesHalfOfTheStandingQueueToOthers()
    {
        await using var lane = new TestLane(new BatchingOptions { StandingBatches = 2 }, maxBatchSize: 4, held: true);
        var tasks = new List<Task<Outcome<Batched<long>>>> { lane.Batcher.SubmitAsync(0, null, Token) };
        await lane.RunBegan();
        for (var i = 1; i <= 4; i++)
        {
            Assert.Null(lane.Batcher.RefusalOfBulk());
            tasks.Add(lane.Batcher.SubmitAsync(i, null, Token));
        }

        Assert.Equal(TaggingErrorCode.Overloaded, lane.Batcher.RefusalOfBulk()?.Code);
        Assert.Null(lane.Batcher.Refusal(null));
        lane.LetAllRun();
        await Task.WhenAll(tasks);
    }
}
