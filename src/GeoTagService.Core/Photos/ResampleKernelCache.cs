namespace GeoTagService.Core.Photos;

/// <summary>Keeps the weights of the sizes seen last. Bounded: a fixed number of slots, none for very wide kernels.</summary>
/// <remarks>Safe for any number of threads: a slot holds an immutable entry that is replaced as a whole.</remarks>
internal sealed class ResampleKernelCache
{
    private const int SlotCount = 64;

    // 64 slots of at most 128 KiB of weights each bound the cache to 8 MiB.
    private const int MaxCachedWeights = 32 * 1024;

    private readonly Entry?[] _slots = new Entry?[SlotCount];

    public ResampleKernel Get(int inputSize, long outputSize, long offset, int count, bool reversed)
    {
        ref var slot = ref _slots[(uint)HashCode.Combine(inputSize, outputSize, reversed) % SlotCount];
        var entry = Volatile.Read(ref slot);
        if (
            entry is not null
            && entry.Kernel.InputSize == inputSize
            && entry.Kernel.OutputSize == outputSize
            && entry.Offset == offset
            && entry.Kernel.Length == count
            && entry.Reversed == reversed
        )
        {
            return entry.Kernel;
        }

        var kernel = ResampleKernel.Create(inputSize, outputSize, offset, count, reversed);
        if (kernel.Weights.Length <= MaxCachedWeights)
        {
            Volatile.Write(ref slot, new Entry(kernel, offset, reversed));
        }

        return kernel;
    }

    private sealed record Entry(ResampleKernel Kernel, long Offset, bool Reversed);
}
