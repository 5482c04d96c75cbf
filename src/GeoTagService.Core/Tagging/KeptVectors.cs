namespace GeoTagService.Core.Tagging;

/// <summary>
/// The numbers of kept embeddings, many to an array. An array of its own for each would be moved by the garbage collector
/// at least once before it grows old, with the process standing still; blocks of this size are never moved.
/// Safe for concurrent use.
/// </summary>
/// <param name="dimension">Numbers of an embedding.</param>
/// <param name="maxBytes">Bound on the blocks together; at least one embedding's.</param>
internal sealed class KeptVectors(int dimension, long maxBytes)
{
    /// <summary>Bytes of a block, roughly: well above 85,000, from which the runtime keeps objects where they are.</summary>
    private const int BlockBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly Stack<Place> _free = new();
    private readonly int _perBlock = (int)Math.Max(1, Math.Min(BlockBytes, maxBytes) / (dimension * sizeof(float)));

    /// <summary>Bytes of all blocks, of free places too; they are kept for what comes next.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Keeps a copy; null where all places are taken.</summary>
    /// <exception cref="ArgumentException">Not <c>dimension</c> numbers.</exception>
    public StoredEmbedding? Keep(ReadOnlySpan<float> embedding)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(embedding.Length, dimension);
        lock (_lock)
        {
            if (!_free.TryPop(out var place))
            {
                if (ReservedBytes > 0 && ReservedBytes + (_perBlock * dimension * sizeof(float)) > maxBytes)
                {
                    return null;
                }

                place = AddBlock();
            }

            embedding.CopyTo(place.In(dimension));
            return new StoredEmbedding(place);
        }
    }

    /// <summary>A copy of what was kept, or null if its place has been given back since.</summary>
    public float[]? Copy(StoredEmbedding embedding)
    {
        var copy = GC.AllocateUninitializedArray<float>(dimension);
        lock (_lock)
        {
            // Under the lock to its end, so that nobody writes the next one in between.
            if (embedding.Place is not { } place)
            {
                return null;
            }

            place.In(dimension).CopyTo(copy);
        }

        return copy;
    }

    /// <summary>Gives the place back; a second time does nothing.</summary>
    public void Release(StoredEmbedding embedding)
    {
        lock (_lock)
        {
            if (embedding.Place is { } place)
            {
                embedding.Place = null;
                _free.Push(place);
            }
        }
    }

    private Place AddBlock()
    {
        var block = GC.AllocateUninitializedArray<float>(_perBlock * dimension);
        ReservedBytes += (long)block.Length * sizeof(float);
        for (var i = 1; i < _perBlock; i++)
        {
            _free.Push(new Place(block, i * dimension));
        }

        return new Place(block, 0);
    }

    /// <summary>Where an embedding lies.</summary>
    internal readonly record struct Place(float[] Block, int Offset)
    {
        public Span<float> In(int dimension) => Block.AsSpan(Offset, dimension);
    }
}

/// <summary>One kept embedding; only its <see cref="KeptVectors"/> reads or writes it.</summary>
internal sealed class StoredEmbedding(KeptVectors.Place place)
{
    /// <summary>Where it lies; null once it was given back.</summary>
    internal KeptVectors.Place? Place { get; set; } = place;
}
