namespace GeoTagService.Core.Tests;

/// <summary>How long work that has time waits at a full lane.</summary>
public sealed class TaggingErrorTests
{
    /// <summary>A delay of less than a millisecond does not wait at all: sixty items that ask without pause once took both cores' threads
    /// from the one item that they waited for, until their client gave up.</summary>
    [Theory]
    [InlineData(0.0, 5)]
    [InlineData(-3.0, 5)]
    [InlineData(0.01, 5)]
    [InlineData(4.9, 5)]
    [InlineData(40.0, 40)]
    [InlineData(999.0, 999)]
    [InlineData(1000.0, 1000)]
    [InlineData(60_000.0, 1000)]
    [InlineData(null, 1000)]
    public void Pause_IsNeitherNoneNorEndless(double? retryAfterMilliseconds, int pauseMilliseconds)
    {
        var error = new TaggingError(TaggingErrorCode.Overloaded, null, "full")
        {
            RetryAfter = retryAfterMilliseconds is { } wait ? TimeSpan.FromMilliseconds(wait) : null,
        };

        Assert.Equal(TimeSpan.FromMilliseconds(pauseMilliseconds), error.Pause(TimeSpan.FromSeconds(1)));
    }
}
