using GeoTagService.Contracts;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Core.Answers;

/// <summary>Evidence from the workshop to the wire.</summary>
public static class EvidenceMapping
{
    /// <summary>Evidence as the wire carries it.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="model">The model that was asked.</param>
    public static EvidenceResponse ToResponse(this PhotoEvidence evidence, ModelStamp model)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        return new EvidenceResponse(evidence.Tag.Id, evidence.Tag.Name, evidence.Head.Name, evidence.Logit, evidence.Drops, model);
    }
}
