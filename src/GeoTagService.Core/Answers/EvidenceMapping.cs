using GeoTagService.Contracts;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Core.Answers;

/// <summary>Evidence from the workshop to the wire.</summary>
public static class EvidenceMapping
{
    /// <summary>Evidence as the wire carries it.</summary>
    public static EvidenceResponse ToResponse(this PhotoEvidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return new EvidenceResponse(evidence.Tag.Id, evidence.Tag.Name, evidence.Head.Name, evidence.Logit, evidence.Drops);
    }
}
