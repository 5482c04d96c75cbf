namespace GeoTagService.Contracts;

/// <summary>Which patches of a photo raise one tag.</summary>
/// <param name="Tag">Id of the tag.</param>
/// <param name="Name">Its name.</param>
/// <param name="Head">The head that scored.</param>
/// <param name="Logit">The tag's logit (log-odds) with the whole photo.</param>
/// <param name="Drops">What covering each patch takes from the logit: rows from the top, each from the left, over the centre
/// square of the photo. Positive: the patch speaks for the tag.</param>
/// <param name="Model">The model that was asked.</param>
public sealed record EvidenceResponse(
    string Tag,
    string Name,
    string Head,
    float Logit,
    IReadOnlyList<IReadOnlyList<float>> Drops,
    ModelStamp Model
);
