namespace GeoTagService.Onnx;

/// <summary>What an execution provider asks of what is around it: weights, cores, shapes, batches. A further provider is described
/// here.</summary>
internal sealed record ProviderTraits
{
    /// <summary>On a card, a second batch's copies hide behind the first one's compute.</summary>
    public const int CardRuns = 2;

    /// <summary>The processor's cores.</summary>
    public static ProviderTraits Cpu { get; } =
        new()
        {
            Name = "cpu",
            // Never int8 by itself: it answers slightly differently, which is for the operator to choose.
            Precisions = ["fp32", "fp16", "int8"],
            UsesCores = true,
            MapsWeights = true,
            // It levels off at few.
            PhotoBatch = 8,
            TitleBatch = 64,
            TitleStep = 1,
            // Measured (docs/decisions/engine-plan.md).
            TitleRunOverhead = 20,
        };

    /// <summary>A card of NVIDIA's.</summary>
    public static ProviderTraits Cuda { get; } =
        new()
        {
            Name = "cuda",
            Precisions = ["fp16", "fp32"],
            Runs = CardRuns,
            NormalizesPhotos = true,
            ChoosesKernelsByShape = true,
            MayNotWork = true,
            // It wants many, and the queue holds four times as many by default.
            PhotoBatch = 64,
            TitleBatch = 128,
            // Ten widths instead of 76.
            TitleStep = 8,
            // Computed: a run's hundred launches take about as long as the arithmetic of this many tokens.
            TitleRunOverhead = 2_000,
        };

    /// <summary>Its name in log, metrics and answers.</summary>
    public required string Name { get; init; }

    /// <summary>Precisions that it takes by itself, the best first.</summary>
    public required IReadOnlyList<string> Precisions { get; init; }

    /// <summary>Whether runs need cores: they have the whole machine or share it, are bound to cores and are nice to others.</summary>
    public bool UsesCores { get; init; }

    /// <summary>Whether weights are mapped, shared by the sessions of a tower and repacked for the kernels; else the provider has them
    /// in a memory of
    /// its own.</summary>
    public bool MapsWeights { get; init; }

    /// <summary>Runs at once; null where the cores decide.</summary>
    public int? Runs { get; init; }

    /// <summary>Whether photos go to it as bytes and are normalised there.</summary>
    public bool NormalizesPhotos { get; init; }

    /// <summary>Whether kernels are chosen anew for each shape: shapes are few, and warmed.</summary>
    public bool ChoosesKernelsByShape { get; init; }

    /// <summary>Whether a first run has to show that it works, and the processor takes over where it does not.</summary>
    public bool MayNotWork { get; init; }

    /// <summary>Most photos of a run by default.</summary>
    public required int PhotoBatch { get; init; }

    /// <summary>Most titles of a run by default.</summary>
    public required int TitleBatch { get; init; }

    /// <summary>Titles are filled up to a multiple of so many tokens.</summary>
    public required int TitleStep { get; init; }

    /// <summary>What a run of titles costs besides its tokens, in tokens.</summary>
    public required int TitleRunOverhead { get; init; }
}
