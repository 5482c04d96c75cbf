using GeoTagService.Core.Encoders;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>Everything about a request that can be settled, or refused, before any work is done.</summary>
/// <param name="Head">The head that will score, and why.</param>
/// <param name="Offered">The parts that the item has and that count.</param>
/// <param name="Location">The place and what is to be said of it.</param>
/// <param name="Thresholds">One threshold a tag, in head-row order.</param>
/// <param name="PriorPlace">The place whose log-odds the head's logits take; null where they take none.</param>
internal sealed record TagPlan(
    HeadChoice Head,
    Modalities Offered,
    LocationResolution Location,
    float[] Thresholds,
    GeoPosition? PriorPlace
)
{
    /// <summary>The parts that the head takes.</summary>
    public Modalities Needed => Head.Head.Modalities;

    /// <summary>The parts of the item that its answer uses.</summary>
    public Modalities Used => (Needed & Offered) | (PriorPlace is null ? Modalities.None : Modalities.Location);

    /// <summary>The two numbers of the place; zeros where there is none or none that counts, as in training.</summary>
    public (float Latitude, float Longitude) LocationFeatures =>
        Location.Location is { InTrainedArea: true } place
            ? Places.LocationFeatures.Encode(place.Position)
            : Places.LocationFeatures.Encode(null);

    /// <summary>Settles a request.</summary>
    /// <param name="input">The request.</param>
    /// <param name="embedded">Its photo and its title, as far as they are there.</param>
    /// <param name="exif">The photo's own place, or null.</param>
    /// <param name="heads">Chooses the head.</param>
    /// <param name="prior">What places say, where a head takes it.</param>
    public static Outcome<TagPlan> Settle(TagInput input, Modalities embedded, ExifPlace? exif, HeadSelector heads, PlacePrior? prior)
    {
        var location = LocationResolver.Resolve(input, exif);
        if (!location.IsSuccess)
        {
            return location.Error;
        }

        var offered = embedded | (location.Value.Location is { InTrainedArea: true } ? Modalities.Location : Modalities.None);
        var known = location.Value.Location is { } place && prior?.Knows(place.Position) == true ? place.Position : (GeoPosition?)null;
        var head = heads.Choose(offered, input.Options.Head, known is not null);
        if (!head.IsSuccess)
        {
            return head.Error;
        }

        var thresholds = Tags.Thresholds.Resolve(head.Value.Head, input.Options);
        if (!thresholds.IsSuccess)
        {
            return thresholds.Error;
        }

        var chosen = head.Value.Head;
        var priorPlace = chosen.PlaceWeights is null ? null : known;
        return new TagPlan(head.Value, offered, Told(location.Value, chosen, priorPlace), thresholds.Value, priorPlace);
    }

    /// <summary>That a place was not trained on is said of the two numbers; the prior, where it alone takes the place, was.</summary>
    private static LocationResolution Told(LocationResolution location, HeadDescriptor head, GeoPosition? priorPlace) =>
        priorPlace is null || head.Modalities.HasFlag(Modalities.Location)
            ? location
            : location with
            {
                Warnings =
                [
                    .. location.Warnings.Where(warning =>
                        warning.Code is not (LocationResolver.OutsideTrainedArea or LocationResolver.UntrainedIreland)
                    ),
                ],
            };
}
