using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>Everything about a request that can be settled, or refused, before any work is done.</summary>
/// <param name="Head">The head that will score, and why.</param>
/// <param name="Offered">The parts that the item has and that count.</param>
/// <param name="Location">The place and what is to be said of it.</param>
/// <param name="Thresholds">One threshold a tag, in head-row order.</param>
internal sealed record TagPlan(HeadChoice Head, Modalities Offered, LocationResolution Location, float[] Thresholds)
{
    /// <summary>The parts that the head takes.</summary>
    public Modalities Needed => Head.Head.Modalities;

    /// <summary>The two numbers of the place; zeros where there is none or none that counts, as in training.</summary>
    public (float Latitude, float Longitude) LocationFeatures => Location.Location is { InTrainedArea: true } place
        ? Places.LocationFeatures.Encode(place.Position)
        : Places.LocationFeatures.Encode(null);

    /// <summary>Settles a request.</summary>
    /// <param name="input">The request.</param>
    /// <param name="embedded">Its photo and its title, as far as they are there.</param>
    /// <param name="exif">The photo's own place, or null.</param>
    /// <param name="heads">Chooses the head.</param>
    public static Outcome<TagPlan> Settle(TagInput input, Modalities embedded, ExifPlace? exif, HeadSelector heads)
    {
        var location = LocationResolver.Resolve(input, exif);
        if (!location.IsSuccess)
        {
            return location.Error;
        }

        var offered = embedded | (location.Value.Location is { InTrainedArea: true } ? Modalities.Location : Modalities.None);
        var head = heads.Choose(offered, input.Options.Head);
        if (!head.IsSuccess)
        {
            return head.Error;
        }

        var thresholds = Tags.Thresholds.Resolve(head.Value.Head, input.Options);
        return thresholds.IsSuccess
            ? new TagPlan(head.Value, offered, location.Value, thresholds.Value)
            : thresholds.Error;
    }
}
