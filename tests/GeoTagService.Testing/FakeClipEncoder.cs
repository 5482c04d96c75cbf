using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Encoders;

namespace GeoTagService.Testing;

/// <summary>
/// An encoder without a network: every item's vector follows from its own bytes or ids alone, so that a test can tell
/// whose vector it holds. Counts its runs, and can be held up or made to fail.
/// </summary>
public sealed class FakeClipEncoder : IClipEncoder
{
    private readonly Lock _lock = new();
    private readonly List<int> _imageBatches = [];
    private readonly List<int> _titleBatches = [];

    /// <summary>Creates the encoder.</summary>
    public FakeClipEncoder(ClipGeometry? geometry = null)
    {
        Geometry = geometry ?? new ClipGeometry(ImageSize: 32, ContextLength: 77, VocabularySize: 49_408, EmbeddingDimension: 16);
    }

    /// <inheritdoc/>
    public ClipGeometry Geometry { get; }

    /// <inheritdoc/>
    public EncoderRuntime Runtime { get; init; } = new("fake", "cpu", "fp32", 1);

    /// <summary>Called at the start of every run on the lane's thread, with the number of items; may block or throw.</summary>
    public Action<int>? OnRun { get; set; }

    /// <summary>Called when what was put off is to be done.</summary>
    public Action? OnFinishLoading { get; set; }

    /// <summary>The batch that it was to make ready for; 0 until then.</summary>
    public int LargestBatch { get; private set; }

    /// <summary>Photos that make their whole run fail, told by their crop.</summary>
    public Func<ReadOnlyMemory<byte>, bool>? FailsOnCrop { get; set; }

    /// <summary>Titles that make their whole run fail, told by their ids.</summary>
    public Func<ReadOnlyMemory<int>, bool>? FailsOnTokens { get; set; }

    /// <summary>Called at the start of every photo run with the number of photos and its share of the machine; may block.</summary>
    public Action<int, MachineShare>? OnImageRun { get; set; }

    /// <summary>Sizes of the photo runs so far.</summary>
    public IReadOnlyList<int> ImageBatches
    {
        get
        {
            lock (_lock)
            {
                return [.. _imageBatches];
            }
        }
    }

    /// <summary>Sizes of the title runs so far.</summary>
    public IReadOnlyList<int> TitleBatches
    {
        get
        {
            lock (_lock)
            {
                return [.. _titleBatches];
            }
        }
    }

    /// <inheritdoc/>
    public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings)
    {
        ArgumentNullException.ThrowIfNull(crops);
        Begin(_imageBatches, crops.Count);
        for (var i = 0; i < crops.Count; i++)
        {
            if (FailsOnCrop?.Invoke(crops[i]) == true)
            {
                throw new InvalidOperationException("a crop that the fake was told to fail on");
            }

            Fill(ImageVector(crops[i].Span), embeddings, i);
        }
    }

    /// <inheritdoc/>
    public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings, MachineShare share)
    {
        ArgumentNullException.ThrowIfNull(crops);
        OnImageRun?.Invoke(crops.Count, share);
        EncodeImages(crops, embeddings);
    }

    /// <inheritdoc/>
    public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        Begin(_titleBatches, tokens.Count);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (FailsOnTokens?.Invoke(tokens[i]) == true)
            {
                throw new InvalidOperationException("a title that the fake was told to fail on");
            }

            Fill(TitleVector(tokens[i].Span), embeddings, i);
        }
    }

    /// <inheritdoc/>
    public void FinishLoading(int largestBatch, CancellationToken cancellationToken)
    {
        LargestBatch = largestBatch;
        OnFinishLoading?.Invoke();
    }

    /// <summary>The vector of a crop.</summary>
    public float[] ImageVector(ReadOnlySpan<byte> crop)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var value in crop)
        {
            hash = (hash ^ value) * 1_099_511_628_211UL;
        }

        return Vector(hash);
    }

    /// <summary>The vector of a title's ids.</summary>
    public float[] TitleVector(ReadOnlySpan<int> ids)
    {
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var id in ids)
        {
            hash = (hash ^ (uint)id) * 1_099_511_628_211UL;
        }

        return Vector(hash ^ 0x5bd1_e995UL);
    }

    private float[] Vector(ulong seed)
    {
        var vector = new float[Geometry.EmbeddingDimension];
        for (var i = 0; i < vector.Length; i++)
        {
            // SplitMix64: well spread, and the same on every machine.
            seed += 0x9e37_79b9_7f4a_7c15UL;
            var z = seed;
            z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9UL;
            z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11ebUL;
            z ^= z >> 31;
            vector[i] = ((z >> 40) / (float)(1 << 23)) - 1f;
        }

        return vector;
    }

    private void Begin(List<int> batches, int count)
    {
        lock (_lock)
        {
            batches.Add(count);
        }

        OnRun?.Invoke(count);
    }

    private static void Fill(float[] vector, Span<float> embeddings, int row) =>
        vector.CopyTo(embeddings.Slice(row * vector.Length, vector.Length));
}
