namespace GeoTagService.Onnx.Tests;

public sealed class LargePagesLaterTests
{
    private const int RunsBefore = 256;

    [Fact]
    public void PagesAreMoved_OnceAndAfterManyRuns()
    {
        using var moved = new ManualResetEventSlim();
        var times = 0;
        using (
            var pages = new LargePagesLater(_ =>
            {
                times++;
                moved.Set();
            })
        )
        {
            Count(pages, RunsBefore - 1);
            Assert.False(moved.IsSet);
            pages.Count();
            moved.Wait(TestContext.Current.CancellationToken);
            Count(pages, 10 * RunsBefore);
        }

        Assert.Equal(1, times);
    }

    [Fact]
    public void MovingThatIsUnderWay_IsCalledOffAndWaitedFor()
    {
        using var began = new ManualResetEventSlim();
        var ended = false;
        using (
            var pages = new LargePagesLater(calledOff =>
            {
                began.Set();
                calledOff.WaitHandle.WaitOne();
                ended = true;
                calledOff.ThrowIfCancellationRequested();
            })
        )
        {
            Count(pages, RunsBefore);
            began.Wait(TestContext.Current.CancellationToken);
        }

        Assert.True(ended);
    }

    [Fact]
    public void RunsAfterTheEnd_MoveNothing()
    {
        var pages = new LargePagesLater(_ => throw new InvalidOperationException());
        pages.Dispose();

        Count(pages, RunsBefore);
        pages.Dispose();
    }

    private static void Count(LargePagesLater pages, int runs)
    {
        for (var i = 0; i < runs; i++)
        {
            pages.Count();
        }
    }
}
