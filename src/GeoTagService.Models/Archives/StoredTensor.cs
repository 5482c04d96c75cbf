namespace GeoTagService.Models.Archives;

/// <summary>
/// A tensor as a view of a storage: shape, strides and offset in elements. Every element was checked to lie inside
/// the storage when the view was made.
/// </summary>
internal sealed class StoredTensor
{
    private const int MaximumRank = 16;
    private readonly StoredBytes _storage;
    private readonly long _offset;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    private StoredTensor(StoredBytes storage, ElementType type, long offset, long[] shape, long[] strides)
    {
        _storage = storage;
        Type = type;
        _offset = offset;
        _shape = shape;
        _strides = strides;
        _contiguous = strides.AsSpan().SequenceEqual(RowMajor(shape));
    }

    public ElementType Type { get; }

    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Checks a view against its storage.</summary>
    /// <exception cref="InvalidDataException">The view reaches outside its storage; the message says how.</exception>
    public static StoredTensor View(StoredBytes storage, ElementType type, long offset, long[] shape, long[] strides)
    {
        if (shape.Length != strides.Length || shape.Length > MaximumRank)
        {
            throw new InvalidDataException($"has {shape.Length} dimensions and {strides.Length} strides");
        }

        var capacity = storage.Length / ElementTypes.SizeOf(type);
        long elements = 1,
            last = offset;
        try
        {
            foreach (var (dimension, stride) in shape.Zip(strides))
            {
                if (dimension < 0 || stride < 0)
                {
                    throw new InvalidDataException("has a negative dimension or stride");
                }

                elements = checked(elements * dimension);
                last = checked(last + (Math.Max(dimension - 1, 0) * stride));
            }
        }
        catch (OverflowException)
        {
            throw new InvalidDataException("has dimensions that overflow");
        }

        // A view of more elements than there are (stride 0) is never a weight, and would let a file of a few bytes ask
        // for any amount of memory.
        if (offset < 0 || elements > capacity || (elements > 0 && last >= capacity))
        {
            throw new InvalidDataException($"asks for elements up to {last} ({elements} in all) of a storage that holds {capacity}");
        }

        return new StoredTensor(storage, type, offset, shape, strides);
    }

    /// <summary>Strides of a dense row-major tensor; 1-long dimensions included.</summary>
    public static long[] RowMajor(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(shape[i], 1);
        }

        return strides;
    }

    /// <summary>Reads all elements, row-major.</summary>
    public void ReadFloat32(Span<float> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        if (_contiguous)
        {
            _storage.ReadFloat32(Type, _offset, destination);
            return;
        }

        long last = 0;
        for (var axis = 0; axis < _shape.Length; axis++)
        {
            last += (_shape[axis] - 1) * _strides[axis];
        }

        // The smallest run that holds the view, then gathered: a transposed matrix is dense in it.
        var run = new float[checked(last + 1)];
        _storage.ReadFloat32(Type, _offset, run);
        var index = new long[_shape.Length];
        long position = 0;
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = run[position];
            for (var axis = _shape.Length - 1; axis >= 0; axis--)
            {
                position += _strides[axis];
                if (++index[axis] < _shape[axis])
                {
                    break;
                }

                position -= _shape[axis] * _strides[axis];
                index[axis] = 0;
            }
        }
    }
}
