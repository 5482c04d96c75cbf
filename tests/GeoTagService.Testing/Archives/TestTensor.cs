using System.Runtime.InteropServices;

namespace GeoTagService.Testing.Archives;

/// <summary>A named tensor for the archive builders.</summary>
public sealed record TestTensor(string Name, long[] Shape, float[] Values)
{
    /// <summary>Values that float16 holds exactly, different for each name.</summary>
    public static TestTensor Patterned(string name, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, dimension) => product * dimension)];
        var seed = name.Aggregate(7u, (hash, c) => (hash * 31) + c);
        for (var i = 0; i < values.Length; i++)
        {
            seed = (seed * 1664525) + 1013904223;
            values[i] = ((int)(seed >> 22) - 512) / 4096f;
        }

        return new TestTensor(name, shape, values);
    }

    public byte[] ToFloat32() => MemoryMarshal.AsBytes(Values.AsSpan()).ToArray();

    public byte[] ToFloat16() => MemoryMarshal.AsBytes(Array.ConvertAll(Values, value => (Half)value).AsSpan()).ToArray();

    public long[] Strides()
    {
        var strides = new long[Shape.Length];
        long step = 1;
        for (var i = Shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Shape[i];
        }

        return strides;
    }
}
