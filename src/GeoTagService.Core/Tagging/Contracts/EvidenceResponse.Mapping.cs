namespace GeoTagService.Core.Tagging.Contracts;

// Beside the record, because the client library compiles the record's file and knows no evidence.
public sealed partial record EvidenceResponse
{
    /// <summary>Evidence as the wire carries it.</summary>
    public static EvidenceResponse From(PhotoEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return new EvidenceResponse(evidence.Tag.Id, evidence.Tag.Name, evidence.Head.Name, evidence.Logit, evidence.Drops);
    }
}
