using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// Memory that the engine reads or writes directly. Allocated once on the pinned heap and grown to the largest batch
/// seen: nothing is pinned, and no tensor is made, for a single request.
/// </summary>
internal sealed class PinnedBuffer<T>(TensorElementType type)
    where T : unmanaged
{
    private T[] _array = [];

    /// <summary>The first <paramref name="length"/> elements, not cleared.</summary>
    public Span<T> Take(int length)
    {
        if (_array.Length < length)
        {
            _array = GC.AllocateUninitializedArray<T>(length, pinned: true);
        }

        return _array.AsSpan(0, length);
    }

    /// <summary>The taken elements as a tensor. The buffer must not grow while it lives.</summary>
    public OrtValue AsTensor(params long[] shape)
    {
        var length = 1L;
        foreach (var size in shape)
        {
            length *= size;
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _array.Length);
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance,
            type,
            shape,
            Marshal.UnsafeAddrOfPinnedArrayElement(_array, 0),
            length * Unsafe.SizeOf<T>()
        );
    }
}
