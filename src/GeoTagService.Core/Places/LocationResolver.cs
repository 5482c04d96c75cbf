using System.Globalization;

namespace GeoTagService.Core.Places;

/// <summary>The place of an item.</summary>
/// <param name="Location">The place, or null when the item has none.</param>
/// <param name="Warnings">What the user should know of it.</param>
internal sealed record LocationResolution(ResolvedLocation? Location, IReadOnlyList<TagWarning> Warnings);

/// <summary>
/// Turns what a request says of its place into one position: lat and lon, else a grid reference, else the photo's EXIF
/// block (docs/decisions/places.md).
/// </summary>
internal static class LocationResolver
{
    /// <summary>How far outside its square a position may lie and still agree with a grid reference, metres: coordinates
    /// are often written with three decimals (about 100 m), and the grid's datum shift is good to about 4 m.</summary>
    public const double AgreementTolerance = 150;

    /// <summary>How far EXIF may lie from the place that was given before the user is told, metres. A camera stands
    /// some way off its subject, so nearer than this says nothing.</summary>
    public const double ExifWarningDistance = 5_000;

    /// <summary>Code of the warning for a place that was left out.</summary>
    public const string OutsideTrainedArea = "place-outside-trained-area";

    /// <summary>Code of the warning for a position in Ireland, which is used but was not trained on.</summary>
    public const string UntrainedIreland = "place-in-ireland-untrained";

    /// <summary>Code of the warning for EXIF far from the place that was given.</summary>
    public const string ExifDiffers = "exif-place-differs";

    /// <summary>Code of the warning for an EXIF position that cannot be one.</summary>
    public const string ExifUnusable = "exif-place-unusable";

    private const int ReportedPrecision = 1;

    /// <summary>Resolves an item's place.</summary>
    /// <param name="input">Its lat and lon and its grid reference are looked at; a blank reference counts as none.</param>
    /// <param name="exif">The photo's own place, or null.</param>
    /// <returns>The place (none when nothing names one); <see cref="TaggingErrorCode.InvalidValue"/> for a value out of
    /// its range, half a position, or a reference that names no square; <see cref="TaggingErrorCode.Conflict"/> when
    /// position and reference disagree.</returns>
    public static Outcome<LocationResolution> Resolve(TagInput input, ExifPlace? exif)
    {
        if (CheckCoordinates(input) is { } fault)
        {
            return fault;
        }

        GridReference? reference = null;
        if (!string.IsNullOrWhiteSpace(input.GridReference) && !GridReference.TryParse(input.GridReference, out reference, out var problem))
        {
            return new TaggingError(TaggingErrorCode.InvalidValue, "gridReference", problem);
        }

        GeoPosition? coordinates = input is { Latitude: { } latitude, Longitude: { } longitude }
            ? new GeoPosition(latitude, longitude)
            : null;
        if (coordinates is { } given && reference is not null && reference.DistanceTo(given) is > AgreementTolerance and var apart)
        {
            return new TaggingError(
                TaggingErrorCode.Conflict,
                "gridReference",
                $"lat and lon lie {Distance(apart)} outside the square {reference}; give one of the two, or make them agree."
            );
        }

        var warnings = new List<TagWarning>();
        var location =
            coordinates is { } position ? FromPosition(position, LocationSource.Coordinates)
            : reference is not null ? FromReference(reference)
            : exif is { Position: { } own } ? FromPosition(own, LocationSource.Exif)
            : null;
        if (location is not null)
        {
            WarnOfExif(location, reference, exif?.Position, warnings);
            WarnOfArea(location, warnings);
        }
        else if (exif is not null)
        {
            warnings.Add(
                new TagWarning(
                    ExifUnusable,
                    "image",
                    "The photo's EXIF data hold a place that cannot be used (zeros, out of range, without hemisphere, or damaged); it was left out."
                )
            );
        }

        return new LocationResolution(location, warnings);
    }

    private static ResolvedLocation FromPosition(GeoPosition position, LocationSource source) =>
        new(
            position,
            GridReference.FromPosition(position, ReportedPrecision)?.ToString(),
            source,
            LocationFeatures.IsInTrainedArea(position)
        );

    /// <summary>In training a photo's reference was looked up among the British squares; an Irish one was not found
    /// there and became (0, 0). A reference is treated the same way.</summary>
    private static ResolvedLocation FromReference(GridReference reference) =>
        new(reference.Centre, reference.ToString(), LocationSource.GridReference, reference.Grid == Grid.British);

    private static TaggingError? CheckCoordinates(TagInput input) =>
        input switch
        {
            { Latitude: null, Longitude: not null } => Invalid("lat", "lon was given without lat; a position needs both."),
            { Latitude: not null, Longitude: null } => Invalid("lon", "lat was given without lon; a position needs both."),
            { Latitude: { } latitude } when !GeoPosition.IsLatitude(latitude) => OutOfRange("lat", latitude, GeoPosition.MostNorth),
            { Longitude: { } longitude } when !GeoPosition.IsLongitude(longitude) => OutOfRange("lon", longitude, GeoPosition.MostEast),
            _ => null,
        };

    private static TaggingError OutOfRange(string field, double value, int most) =>
        Invalid(field, $"{field} is {value}; it lies between -{most} and {most} degrees.") with
        {
            Limit = new TaggingLimit(value < 0 ? -most : most, "degrees"),
        };

    private static TaggingError Invalid(string field, string detail) => new(TaggingErrorCode.InvalidValue, field, detail);

    private static void WarnOfExif(ResolvedLocation location, GridReference? reference, GeoPosition? exif, List<TagWarning> warnings)
    {
        if (location.Source == LocationSource.Exif || exif is not { } camera)
        {
            return;
        }

        var apart =
            location.Source == LocationSource.GridReference && reference is not null
                ? reference.DistanceTo(camera)
                : GeoDistance.Metres(location.Position, camera);
        if (apart > ExifWarningDistance)
        {
            warnings.Add(
                new TagWarning(
                    ExifDiffers,
                    "image",
                    $"The photo's EXIF position lies {Distance(apart)} from the place that was given; the given place was used."
                )
            );
        }
    }

    private static void WarnOfArea(ResolvedLocation location, List<TagWarning> warnings)
    {
        var field = location.Source switch
        {
            LocationSource.Coordinates => "lat",
            LocationSource.GridReference => "gridReference",
            _ => "image",
        };
        if (!location.InTrainedArea)
        {
            warnings.Add(
                new TagWarning(
                    OutsideTrainedArea,
                    field,
                    "The place lies outside the area that the heads were trained on (Great Britain); it was left out."
                        + (
                            location.Source == LocationSource.Coordinates && IsExchanged(location.Position)
                                ? " With latitude and longitude exchanged it would lie inside."
                                : ""
                        )
                )
            );
        }
        else if (IrelandOutline.Contains(location.Position))
        {
            warnings.Add(
                new TagWarning(
                    UntrainedIreland,
                    field,
                    "The heads were trained on places in Great Britain only; this one, in Ireland, was used as it is."
                )
            );
        }
    }

    private static bool IsExchanged(GeoPosition position) =>
        Math.Abs(position.Longitude) <= 90 && LocationFeatures.IsInTrainedArea(new GeoPosition(position.Longitude, position.Latitude));

    private static string Distance(double metres) =>
        metres < 10_000
            ? string.Create(CultureInfo.InvariantCulture, $"{metres:0} m")
            : string.Create(CultureInfo.InvariantCulture, $"{metres / 1000:0} km");
}
