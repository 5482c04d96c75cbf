namespace GeoTagService.Core;

/// <summary>Where and how the encoder runs, for the log, the metrics and <c>GET /v1/model</c>.</summary>
/// <param name="Engine">Engine and version, e.g. <c>ONNX Runtime 1.31.1</c>.</param>
/// <param name="ExecutionProvider"><c>cpu</c> or <c>cuda</c>: the active one.</param>
/// <param name="Precision"><c>fp32</c>, <c>fp16</c> or <c>int8</c>.</param>
/// <param name="IntraOpThreads">Threads that a run uses when it is alone.</param>
public sealed record EncoderRuntime(string Engine, string ExecutionProvider, string Precision, int IntraOpThreads)
{
    /// <summary>How many runs, of either tower, may usefully be under way at once: on a CPU one for each part into which
    /// its cores are divided, on a card 2, so that one run's copies hide behind the other's compute.</summary>
    public int ConcurrentRuns { get; init; } = 1;

    /// <summary>Whether a run that is alone may take the whole machine, so that a lone item is answered as soon as can be.
    /// A card's runs are alike.</summary>
    public bool HasWholeRuns { get; init; } = true;

    /// <summary>Whether the first run of every batch size is slow, and not of the largest alone.</summary>
    public bool ShapesNeedWarmup { get; init; }

    /// <summary>How nice the threads that compute are to the others of the process, 0 to 19: see <see cref="Batching.ThreadNiceness"/>.
    /// </summary>
    public int Niceness { get; init; }

    /// <summary>Whether <see cref="Encoders.IClipEncoder.FinishLoading"/> replaces what runs now, so that nothing but a lone item is
    /// worth a warm-up before.</summary>
    public bool FinishesLater { get; init; }

    /// <summary>Whether its runs compute on the processor's cores, which decoding then has to leave them a share of.</summary>
    public bool UsesCores { get; init; } = true;

    /// <summary>Most photos of a run where the settings leave it to the processor: 8 on a CPU, whose throughput levels off there.
    /// </summary>
    public int PhotoBatch { get; init; } = 8;

    /// <summary>Most titles of a run where the settings leave it to the processor.</summary>
    public int TitleBatch { get; init; } = 64;

    /// <summary>What the width of a run of titles is a multiple of, up to the context: 1, or more where shapes are to be few.</summary>
    public int TitleStep { get; init; } = 1;

    /// <summary>What one title run more costs, in tokens: on a CPU reading the tower's weights takes about as long as this many
    /// tokens' arithmetic (docs/decisions/engine-plan.md).</summary>
    public int TitleRunOverhead { get; init; } = 20;
}
