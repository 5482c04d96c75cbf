using GeoTagService.Core.Places;

namespace GeoTagService.Core.Tests.Places;

public sealed class LocationResolverTests
{
    private static readonly GeoPosition CharingCross = new(51.5081, -0.1270);

    [Fact]
    public void Nothing_IsNoPlace()
    {
        var resolution = LocationResolver.Resolve(new TagInput { GridReference = "  " }, exif: null).Value!;

        Assert.Null(resolution.Location);
        Assert.Empty(resolution.Warnings);
    }

    [Fact]
    public void Coordinates_WinOverTheRest()
    {
        var input = new TagInput
        {
            Latitude = 51.5081,
            Longitude = -0.1270,
            GridReference = "TQ 30 80",
        };

        var resolution = LocationResolver.Resolve(input, ExifPlace.Of(new GeoPosition(51.509, -0.127))).Value!;

        Assert.Equal(
            new ResolvedLocation(CharingCross, "TQ 30082 80459", LocationSource.Coordinates, InTrainedArea: true),
            resolution.Location
        );
        Assert.Empty(resolution.Warnings);
    }

    [Fact]
    public void GridReference_IsItsSquaresCentre()
    {
        var location = LocationResolver.Resolve(new TagInput { GridReference = "tq3080" }, ExifPlace.Of(CharingCross)).Value!.Location!;

        Assert.Equal(LocationSource.GridReference, location.Source);
        Assert.Equal("TQ 30 80", location.GridReference);
        Assert.True(location.InTrainedArea);
        Assert.InRange(GeoDistance.Metres(location.Position, CharingCross), 0, 800);
    }

    [Fact]
    public void Exif_IsUsedWhenNothingElseIsGiven()
    {
        var location = LocationResolver.Resolve(new TagInput(), ExifPlace.Of(CharingCross)).Value!.Location!;

        Assert.Equal((CharingCross, LocationSource.Exif, true), (location.Position, location.Source, location.InTrainedArea));
    }

    [Theory]
    [InlineData(91.0, 0.0, "lat", "-90 and 90")]
    [InlineData(-90.5, 0.0, "lat", "-90 and 90")]
    [InlineData(double.NaN, 0.0, "lat", "-90 and 90")]
    [InlineData(double.NegativeInfinity, 0.0, "lat", "-90 and 90")]
    [InlineData(51.0, 181.0, "lon", "-180 and 180")]
    [InlineData(51.0, double.NaN, "lon", "-180 and 180")]
    [InlineData(null, -0.1, "lat", "needs both")]
    [InlineData(51.5, null, "lon", "needs both")]
    public void HalfOrImpossiblePosition_IsInvalid(double? latitude, double? longitude, string field, string limit)
    {
        var error = LocationResolver.Resolve(new TagInput { Latitude = latitude, Longitude = longitude }, ExifPlace.Of(CharingCross)).Error;

        Assert.Equal((TaggingErrorCode.InvalidValue, field), (error?.Code, error?.Field));
        Assert.Contains(limit, error!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownSquare_IsInvalid()
    {
        var error = LocationResolver.Resolve(new TagInput { GridReference = "ZZ99" }, exif: null).Error;

        Assert.Equal((TaggingErrorCode.InvalidValue, "gridReference"), (error?.Code, error?.Field));
        Assert.Contains("ZZ", error!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(53.4808, -2.2426)] // Manchester
    [InlineData(51.5081, -0.1000)] // 1.9 km east
    [InlineData(40.7, -74)]
    [InlineData(-51.5, 179)]
    public void PositionOutsideTheSquare_IsAConflict(double latitude, double longitude)
    {
        var input = new TagInput
        {
            Latitude = latitude,
            Longitude = longitude,
            GridReference = "TQ 30 80",
        };

        var error = LocationResolver.Resolve(input, exif: null).Error;

        Assert.Equal((TaggingErrorCode.Conflict, "gridReference"), (error?.Code, error?.Field));
        Assert.Contains("TQ 30 80", error!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TQ 30 80")]
    [InlineData("TQ 300 804")]
    [InlineData("TQ 3008 8045")]
    [InlineData("TQ 30080 80460")]
    [InlineData("TQ38")]
    [InlineData("TQ")]
    public void PositionInTheSquare_AgreesAtAnyPrecision(string reference)
    {
        var input = new TagInput
        {
            Latitude = CharingCross.Latitude,
            Longitude = CharingCross.Longitude,
            GridReference = reference,
        };

        Assert.Equal(LocationSource.Coordinates, LocationResolver.Resolve(input, exif: null).Value?.Location?.Source);
    }

    [Fact]
    public void RoundedPosition_AgreesWithAFineReference()
    {
        var input = new TagInput
        {
            Latitude = 51.509,
            Longitude = -0.127,
            GridReference = "TQ 30080 80460",
        };

        Assert.True(LocationResolver.Resolve(input, exif: null).IsSuccess);
    }

    [Fact]
    public void ExifFarAway_LosesWithAWarning()
    {
        TagInput[] given = [new() { Latitude = 51.5081, Longitude = -0.1270 }, new() { GridReference = "TQ 30 80" }];

        Assert.All(
            given,
            input =>
            {
                var resolution = LocationResolver.Resolve(input, ExifPlace.Of(new GeoPosition(53.4808, -2.2426))).Value!;
                Assert.NotEqual(LocationSource.Exif, resolution.Location!.Source);
                var warning = Assert.Single(resolution.Warnings);
                Assert.Equal((LocationResolver.ExifDiffers, "image"), (warning.Code, warning.Field));
                Assert.Contains("26", warning.Message, StringComparison.Ordinal); // 262 km
            }
        );
    }

    [Fact]
    public void ExifNearby_SaysNothing()
    {
        var input = new TagInput { GridReference = "TQ 30 80" };

        Assert.Empty(LocationResolver.Resolve(input, ExifPlace.Of(new GeoPosition(51.53, -0.10))).Value!.Warnings);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(double.NaN, 1)]
    [InlineData(95, 1)]
    public void ExifThatIsNoPosition_IsLeftOut(double latitude, double longitude)
    {
        var resolution = LocationResolver.Resolve(new TagInput(), ExifPlace.Of(new GeoPosition(latitude, longitude))).Value!;

        Assert.Null(resolution.Location);
        Assert.Equal(LocationResolver.ExifUnusable, Assert.Single(resolution.Warnings).Code);
    }

    [Fact]
    public void OutsideTheTrainedArea_IsLeftOutWithAWarning()
    {
        var resolution = LocationResolver.Resolve(new TagInput { Latitude = 48.85, Longitude = 2.35 }, exif: null).Value!;

        Assert.False(resolution.Location!.InTrainedArea);
        Assert.Null(resolution.Location.GridReference);
        Assert.Equal((LocationResolver.OutsideTrainedArea, "lat"), (resolution.Warnings[0].Code, resolution.Warnings[0].Field));
    }

    [Theory]
    [InlineData("SV8807")]
    [InlineData("NA0601")]
    [InlineData("NF0699")]
    public void SquareAtTheEdgeOfTheBritishGrid_IsScaledSlightlyBelowZero(string reference)
    {
        var byReference = LocationResolver.Resolve(new TagInput { GridReference = reference }, exif: null).Value!;
        var centre = byReference.Location!.Position;
        var byPosition = LocationResolver
            .Resolve(new TagInput { Latitude = centre.Latitude, Longitude = centre.Longitude }, exif: null)
            .Value!;
        var (latitude, longitude) = LocationFeatures.Encode(centre);

        Assert.True(byReference.Location.InTrainedArea);
        Assert.True(byPosition.Location!.InTrainedArea);
        Assert.Empty(byReference.Warnings);
        Assert.InRange(Math.Min(latitude, longitude), -0.02f, -0.0001f);
    }

    [Fact]
    public void IrishReference_HasNoTrainedFeatures()
    {
        var resolution = LocationResolver.Resolve(new TagInput { GridReference = "J 33 74" }, exif: null).Value!;

        Assert.False(resolution.Location!.InTrainedArea);
        Assert.Equal(LocationResolver.OutsideTrainedArea, Assert.Single(resolution.Warnings).Code);
    }

    [Fact]
    public void IrishPositionInTheBox_IsUsedAsTheReferenceDoesAndSaysSo()
    {
        var resolution = LocationResolver.Resolve(new TagInput { Latitude = 54.6, Longitude = -5.93 }, exif: null).Value!;

        Assert.True(resolution.Location!.InTrainedArea);
        Assert.StartsWith("J 3", resolution.Location.GridReference, StringComparison.Ordinal);
        Assert.Equal(LocationResolver.UntrainedIreland, Assert.Single(resolution.Warnings).Code);
    }
}
