using GeoTagService.Contracts;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Answers;

/// <summary>From the workshop's results to the wire, the same for the HTTP API and <c>geotag tag --json</c>.</summary>
public static class TagResponseMapper
{
    /// <summary>The stamp of a bundle, made once and put on every response.</summary>
    public static ModelStamp ToStamp(this Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var manifest = bundle.Manifest;
        return manifest.Purpose == BundlePurpose.Demonstration
            ? new ModelStamp(
                manifest.Name,
                manifest.Version,
                bundle.Digest,
                ModelPurpose.Demonstration,
                $"A demonstration model: its tags are not for use. '{InstallationCommand.Text}' installs the real one."
            )
            : new ModelStamp(manifest.Name, manifest.Version, bundle.Digest, ModelPurpose.Production);
    }

    /// <summary>A result as the wire carries it.</summary>
    /// <param name="result">The result.</param>
    /// <param name="tagIds">Tag ids in head-row order, as <see cref="BundleManifest.Tags"/>.</param>
    /// <param name="stamp">The model's stamp.</param>
    /// <param name="edgeWarnings">What the reader of the request noticed, put before the result's own warnings.</param>
    /// <param name="top">How many of the most probable tags to list, or null for no list.</param>
    public static TagResponse ToResponse(
        this TagResult result,
        IReadOnlyList<string> tagIds,
        ModelStamp stamp,
        IReadOnlyList<TagWarning>? edgeWarnings = null,
        int? top = null
    )
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(tagIds);

        return new TagResponse
        {
            Tags = [.. result.Tags.Select(ToScore)],
            Probabilities = ByTag(tagIds, result.Probabilities),
            Top = top is { } count ? ToTop(result.Probabilities, count) : null,
            Decision = ToDecision(tagIds, result),
            Modalities = ToModalities(result.Modalities),
            Head = new TagHead(result.Head.Name, result.HeadReason),
            Title = ToTitle(result.OwnTitle),
            Location = ToLocation(result.Location),
            Model = stamp,
            Warnings = [.. (edgeWarnings ?? []).Concat(result.Warnings).Select(ToNotice)],
            Explanations = ToExplanations(tagIds, result),
        };
    }

    /// <summary>The parts by their wire names, in head-input order.</summary>
    public static IReadOnlyList<Modality> ToModalities(Modalities modalities)
    {
        var list = new List<Modality>(3);
        if (modalities.HasFlag(Modalities.Image))
        {
            list.Add(Modality.Image);
        }

        if (modalities.HasFlag(Modalities.Title))
        {
            list.Add(Modality.Title);
        }

        if (modalities.HasFlag(Modalities.Location))
        {
            list.Add(Modality.Location);
        }

        return list;
    }

    /// <summary>A place as the wire carries it.</summary>
    public static TagLocation? ToLocation(ResolvedLocation? location) =>
        location is null
            ? null
            : new TagLocation(
                location.Position.Latitude,
                location.Position.Longitude,
                location.GridReference,
                location.Source switch
                {
                    LocationSource.Coordinates => PlaceSource.Coordinates,
                    LocationSource.GridReference => PlaceSource.GridReference,
                    _ => PlaceSource.Exif,
                },
                location.InTrainedArea
            );

    private static TagTitle? ToTitle(PhotoTitle? title) =>
        title is null
            ? null
            : new TagTitle(
                title.Text,
                title.Source switch
                {
                    TitleSource.Xmp => TitleOrigin.Xmp,
                    TitleSource.Iptc => TitleOrigin.Iptc,
                    _ => TitleOrigin.Exif,
                }
            );

    /// <summary>A warning as the wire carries it.</summary>
    public static Notice ToNotice(TagWarning warning)
    {
        ArgumentNullException.ThrowIfNull(warning);
        return new Notice(warning.Code, warning.Field, warning.Message);
    }

    private static TagScore ToScore(ChosenTag chosen) => new(chosen.Tag.Id, chosen.Tag.Name, chosen.Tag.Group, chosen.Probability);

    /// <summary>Of equals, the one whose row comes first.</summary>
    private static TagScore[] ToTop(float[] probabilities, int count) =>
        [
            .. TagCatalog
                .Tags.OrderByDescending(tag => probabilities[tag.HeadRow])
                .ThenBy(tag => tag.HeadRow)
                .Take(count)
                .Select(tag => new TagScore(tag.Id, tag.Name, tag.Group, probabilities[tag.HeadRow])),
        ];

    private static OrderedDictionary<string, TagExplanation>? ToExplanations(IReadOnlyList<string> tagIds, TagResult result)
    {
        var byTag = new OrderedDictionary<string, TagExplanation>();
        if (result.Explanations is { } all)
        {
            for (var row = 0; row < all.Count; row++)
            {
                byTag.Add(tagIds[row], ToExplanation(all[row]));
            }
        }
        else
        {
            foreach (var chosen in result.Tags.Where(chosen => chosen.Explanation is not null))
            {
                byTag.Add(chosen.Tag.Id, ToExplanation(chosen.Explanation!));
            }
        }

        return byTag.Count == 0 ? null : byTag;
    }

    private static TagExplanation ToExplanation(LogitExplanation why) =>
        new(why.Method, why.Logit, why.Bias, why.Image, why.Title, why.Location);

    private static TagDecision ToDecision(IReadOnlyList<string> tagIds, TagResult result)
    {
        var thresholds = result.Thresholds;
        var same = thresholds.All(value => value.Equals(thresholds[0]));
        return same
            ? new TagDecision(thresholds[0], null, result.FallbackUsed)
            : new TagDecision(null, ByTag(tagIds, thresholds), result.FallbackUsed);
    }

    private static OrderedDictionary<string, float> ByTag(IReadOnlyList<string> tagIds, IReadOnlyList<float> values)
    {
        var byTag = new OrderedDictionary<string, float>(tagIds.Count);
        for (var row = 0; row < tagIds.Count; row++)
        {
            byTag.Add(tagIds[row], values[row]);
        }

        return byTag;
    }
}
