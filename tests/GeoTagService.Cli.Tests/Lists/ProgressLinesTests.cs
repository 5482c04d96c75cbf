using GeoTagService.Bulk.Lists;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>What a log says of a long run.</summary>
public sealed class ProgressLinesTests
{
    [Fact]
    public void Line_ComesEveryTenSeconds_HoweverOftenItIsTold()
    {
        var clock = new HandClock();
        using var error = new StringWriter { NewLine = "\n" };
        var lines = new ProgressLines(error, before: 100, clock);
        for (var second = 1; second <= 25; second++)
        {
            clock.Seconds = second;
            lines.Tell(100 + (2 * second), second >= 20 ? 1 : 0, second / 50d);
        }

        Assert.Equal(
            "geotag: 120 done, 0 rejected, 2.0/s, 20 % of the list\ngeotag: 140 done, 1 rejected, 2.1/s, 40 % of the list\n",
            error.ToString()
        );
    }

    private sealed class HandClock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
