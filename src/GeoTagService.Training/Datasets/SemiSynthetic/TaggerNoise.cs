namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>How a photo's tags differ from what there is to see in it and to read of it. It hits image and title alike,
/// so that neither can make up for it: this bounds what any head can reach.</summary>
/// <param name="Noticed">Share of a photo's tags of which anything can be told at all.</param>
/// <param name="Overlooked">Share of photos without a tag that deserve it.</param>
internal sealed record TaggerNoise(double Noticed, double Overlooked)
{
    /// <summary>The tags that a photo looks and reads like.</summary>
    public ulong Apparent(ulong labels, int tags, ref RowRandom random)
    {
        var apparent = 0UL;
        for (var tag = 0; tag < tags; tag++)
        {
            var share = (labels >> tag & 1) != 0 ? Noticed : Overlooked;
            apparent |= random.NextDouble() < share ? 1UL << tag : 0;
        }

        return apparent;
    }
}
