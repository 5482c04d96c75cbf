using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Time.Testing;

namespace GeoTagService.Core.Tests.Tagging;

public sealed class DecodeLoadTests
{
    /// <summary>So much that what any photo takes beside its pixels does not count.</summary>
    private const long Work = 10_000_000_000;

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly DecodeLoad _load;

    public DecodeLoadTests()
    {
        _load = new DecodeLoad("a decoder", 2, _time);
    }

    [Fact]
    public void Idle_TakesWhoeverComes()
    {
        LearnOneSecondAMillion();

        Assert.Null(_load.Enter(1000 * Work, MaxWait, timeout: TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void MoreAheadThanAnybodyShouldWaitFor_IsOverloadedUntilThen()
    {
        LearnOneSecondAMillion();
        Assert.Null(_load.Enter(30 * Work, MaxWait, timeout: null));

        // Two at once: 15 seconds.
        var refusal = _load.Enter(Work, MaxWait, timeout: null);

        Assert.Equal(TaggingErrorCode.Overloaded, refusal?.Code);
        Assert.Equal(5, refusal!.RetryAfter!.Value.TotalSeconds, 0.01);
    }

    [Fact]
    public void OwnWorkBeyondTheClientsPatience_IsPastItsDeadline()
    {
        LearnOneSecondAMillion();
        Assert.Null(_load.Enter(4 * Work, MaxWait, timeout: null));

        Assert.Null(_load.Enter(Work, MaxWait, timeout: TimeSpan.FromSeconds(4)));
        Assert.Equal(TaggingErrorCode.DeadlineExceeded, _load.Enter(3 * Work, MaxWait, timeout: TimeSpan.FromSeconds(4))?.Code);
    }

    [Fact]
    public void ManySmallOnes_WeighLessThanOneLarge()
    {
        LearnOneSecondAMillion();
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(_load.Enter(Work / 10, MaxWait, timeout: null));
        }

        Assert.Null(_load.Enter(30 * Work, MaxWait, timeout: null));
        Assert.NotNull(_load.Enter(Work / 10, MaxWait, timeout: null));
    }

    [Fact]
    public void TinyPhotos_DoNotMakeLargeOnesSeemToTakeHours()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Null(_load.Enter(64, MaxWait, timeout: null));
            _load.Leave(64, TimeSpan.FromMilliseconds(20));
        }

        Assert.Null(_load.Enter(2_000_000, MaxWait, timeout: null));
        Assert.Null(_load.Enter(12_000_000, MaxWait, timeout: null));
    }

    [Fact]
    public void NothingMeasured_RefusesNobody()
    {
        Assert.Null(_load.Enter(1000 * Work, MaxWait, timeout: null));
        Assert.Null(_load.Enter(1000 * Work, MaxWait, timeout: TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Stalled_CountsFromTheLastThatMoved()
    {
        var patience = TimeSpan.FromSeconds(60);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Null(_load.Stalled(patience));

        _load.Enter(Work, MaxWait, null);
        _load.Enter(Work, MaxWait, null);
        Assert.Null(_load.Stalled(patience));

        _time.Advance(TimeSpan.FromSeconds(59));
        _load.Leave(Work, took: null);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(_load.Stalled(patience));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains("1 photo waits for a decoder", _load.Stalled(patience), StringComparison.Ordinal);

        _load.Leave(Work, took: null);
        Assert.Null(_load.Stalled(patience));
    }

    private void LearnOneSecondAMillion()
    {
        for (var i = 1; i <= 20; i++)
        {
            Assert.Null(_load.Enter(i * Work, MaxWait, null));
            _load.Leave(i * Work, TimeSpan.FromSeconds(i));
        }
    }
}
