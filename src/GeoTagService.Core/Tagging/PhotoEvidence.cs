using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>Which patches of a photo raise one tag, found by covering them one after the other (occlusion).</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Head">The head that scored.</param>
/// <param name="Logit">The tag's logit with the whole photo.</param>
/// <param name="Drops">What covering each patch takes from the logit: rows from the top, each from the left, of the centre
/// square that the encoder sees. Positive patches speak for the tag, negative ones against.</param>
public sealed record PhotoEvidence(Tag Tag, HeadDescriptor Head, float Logit, float[][] Drops);
