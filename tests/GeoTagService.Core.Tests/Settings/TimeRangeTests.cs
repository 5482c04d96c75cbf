using GeoTagService.Core.Settings;

namespace GeoTagService.Core.Tests.Settings;

public sealed class TimeRangeTests
{
    [Theory]
    [InlineData("00:00:00.009", false)]
    [InlineData("00:00:00.010", true)]
    [InlineData("1.00:00:00", true)]
    [InlineData("1.00:00:00.001", false)]
    public void Bounds_AreIncluded(string time, bool valid)
    {
        var range = new TimeRangeAttribute("00:00:00.010", "1.00:00:00");

        Assert.Equal(valid, range.IsValid(TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Message_NamesTheFieldAndTheBounds() =>
        Assert.Equal(
            "The field MaxWait must be between 00:00:01 and 01:00:00.",
            new TimeRangeAttribute("00:00:01", "01:00:00").FormatErrorMessage("MaxWait")
        );
}
