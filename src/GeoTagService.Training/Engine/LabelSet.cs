namespace GeoTagService.Training.Engine;

/// <summary>Label sets as bits, decided by the rule of <c>LabelDecider</c>: every tag above the cut; when there is none,
/// the highest (the lower row wins a tie). In logits, because the order is the same and no sigmoid is needed.</summary>
public static class LabelSet
{
    /// <summary>Decides one photo at one cut.</summary>
    /// <param name="logits">Logit per tag, at most 64.</param>
    /// <param name="cut">Logit that must be exceeded; log(t / (1 − t)) of the threshold t.</param>
    public static ulong Decide(ReadOnlySpan<float> logits, float cut)
    {
        var decided = 0UL;
        var best = 0;
        for (var tag = 0; tag < logits.Length; tag++)
        {
            if (logits[tag] > cut)
            {
                decided |= 1UL << tag;
            }

            if (logits[tag] > logits[best])
            {
                best = tag;
            }
        }

        return decided == 0 ? 1UL << best : decided;
    }
}
