using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace GeoTagService.Models.Archives;

/// <summary>Type of a stored tensor's elements, little-endian.</summary>
internal enum ElementType
{
    Float32,
    Float16,
    BFloat16,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Bool,
}

/// <summary>Sizes, names and conversion of <see cref="ElementType"/>.</summary>
internal static class ElementTypes
{
    /// <summary>Name as in <see cref="ArchivedTensor.DataType"/>.</summary>
    public static string NameOf(ElementType type) => type.ToString().ToLowerInvariant();

    /// <summary>Bytes an element.</summary>
    public static int SizeOf(ElementType type) =>
        type switch
        {
            ElementType.Int8 or ElementType.UInt8 or ElementType.Bool => 1,
            ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
            ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
            _ => 8,
        };

    /// <summary>
    /// Converts stored elements to float32: exactly from float16, bfloat16, float32 and integers to 24 bits; the wider
    /// types are rounded to the nearest.
    /// </summary>
    public static void ToFloat32(ElementType type, ReadOnlySpan<byte> stored, Span<float> destination)
    {
        if (type == ElementType.Float16 && BitConverter.IsLittleEndian)
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(stored), destination);
            return;
        }

        if (type == ElementType.Float32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(stored).CopyTo(destination);
            return;
        }

        var size = SizeOf(type);
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = ToFloat32(type, stored.Slice(i * size, size));
        }
    }

    private static float ToFloat32(ElementType type, ReadOnlySpan<byte> element) =>
        type switch
        {
            ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(element),
            ElementType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(element),
            ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(element) << 16),
            ElementType.Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(element),
            ElementType.Int8 => (sbyte)element[0],
            ElementType.UInt8 => element[0],
            ElementType.Bool => element[0] == 0 ? 0 : 1,
            ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(element),
            ElementType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(element),
            ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(element),
            ElementType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(element),
            ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(element),
            ElementType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(element),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
}
