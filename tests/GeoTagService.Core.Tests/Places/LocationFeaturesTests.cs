using GeoTagService.Core.Places;

namespace GeoTagService.Core.Tests.Places;

public sealed class LocationFeaturesTests
{
    [Fact]
    public void NoPlace_IsZeros() => Assert.Equal((0f, 0f), LocationFeatures.Encode(null));

    [Fact]
    public void Corners_AreZeroAndOne()
    {
        Assert.Equal((0f, 0f), LocationFeatures.Encode(new GeoPosition(49.9, -8.6)));
        Assert.Equal((1f, 1f), LocationFeatures.Encode(new GeoPosition(61.9, 2.1)));
    }

    [Fact]
    public void Position_IsEncodedItselfNotItsSquare()
    {
        // 57.5 N is no centroid of a 1 km square; the reference answers 0.633333325.
        var (latitude, longitude) = LocationFeatures.Encode(new GeoPosition(57.5, -5.7));

        Assert.Equal(0.633333325f, latitude);
        Assert.Equal(0.271028042f, longitude);
    }

    [Theory]
    [InlineData(54, -2, true)]
    [InlineData(49.9, -8.6, true)]
    [InlineData(61.9, 2.1, true)]
    [InlineData(49.89, -5, true)]
    [InlineData(49.7, -5, false)]
    [InlineData(61.91, -1, false)]
    [InlineData(54, -8.61, false)]
    [InlineData(54, 2.11, true)]
    [InlineData(54, 3, false)]
    [InlineData(48.85, 2.35, false)]
    [InlineData(double.NaN, -2, false)]
    [InlineData(54, double.NaN, false)]
    public void TrainedArea_IsTheBoxOfTheBoundsAndTheBritishGrid(double latitude, double longitude, bool expected) =>
        Assert.Equal(expected, LocationFeatures.IsInTrainedArea(new GeoPosition(latitude, longitude)));
}
