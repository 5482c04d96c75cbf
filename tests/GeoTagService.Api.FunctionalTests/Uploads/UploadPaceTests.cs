using GeoTagService.Api.Uploads;

namespace GeoTagService.Api.FunctionalTests.Uploads;

public sealed class UploadPaceTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void SenderAtThePace_IsNeverTooSlow()
    {
        var pace = new UploadPace(1000, Patience);
        for (var second = 0; second < 1000; second++)
        {
            pace.Received(1000, TimeSpan.FromSeconds(1));
        }

        Assert.False(pace.IsTooSlow(Patience));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(500, 20)]
    [InlineData(900, 100)]
    public void SenderBelowThePace_IsTooSlowOnceItsPatienceIsUsedUp(int bytesPerSecond, int seconds)
    {
        var pace = new UploadPace(1000, Patience);
        for (var second = 0; second < seconds; second++)
        {
            Assert.False(pace.IsTooSlow(TimeSpan.Zero));
            pace.Received(bytesPerSecond, TimeSpan.FromSeconds(1));
        }

        Assert.True(pace.IsTooSlow(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void WhatCameFastAtFirst_DoesNotPayForStandingStill()
    {
        var pace = new UploadPace(1000, Patience);
        pace.Received(20_000_000, TimeSpan.FromSeconds(1));

        Assert.True(pace.IsTooSlow(TimeSpan.FromSeconds(11)));
    }

    [Fact]
    public void NoPace_AllowsAny() => Assert.False(new UploadPace(0, Patience).IsTooSlow(TimeSpan.FromHours(1)));
}
