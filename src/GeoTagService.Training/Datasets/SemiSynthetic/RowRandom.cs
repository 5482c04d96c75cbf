namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>Random numbers of one row: they follow from the seed and the row's number alone (SplitMix64), so that rows
/// can be made in any order and on any number of cores.</summary>
internal struct RowRandom(int seed, int row)
{
    private ulong _state = Mix(((ulong)(uint)seed << 32) ^ (uint)row);

    public ulong NextBits()
    {
        _state += 0x9e37_79b9_7f4a_7c15UL;
        return Mix(_state);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Nearly normal: the sum of four 16-bit uniforms, centred and scaled to variance 1. Its tails end at 3.5,
    /// which no use here feels, and it costs a tenth of an exact one.</summary>
    public float NextNormal()
    {
        const double Scale = 2.642737e-5; // √3 / 65536, because a uniform of width 1 has variance 1/12
        var bits = NextBits();
        var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return (float)((sum - 131_070.0) * Scale);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11ebUL;
        return z ^ (z >> 31);
    }
}
