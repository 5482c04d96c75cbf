using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Reads columns of Parquet as the values of a list's fields.</summary>
internal static class ParquetValues
{
    private static readonly Type[] Texts = [typeof(string), typeof(ReadOnlyMemory<char>)];
    private static readonly Type[] Bytes = [typeof(byte[]), typeof(ReadOnlyMemory<byte>)];
    private static readonly Type[] Numbers =
    [
        typeof(double),
        typeof(float),
        typeof(int),
        typeof(long),
        typeof(uint),
        typeof(ulong),
        typeof(short),
        typeof(ushort),
        typeof(byte),
        typeof(sbyte),
    ];

    /// <summary>Whether values of a type are read.</summary>
    public static bool IsKnown(Type type) => Texts.Contains(type) || Bytes.Contains(type) || Numbers.Contains(type);

    /// <summary>Reads a column of a row group.</summary>
    public static async Task<object?[]> ReadAsync(ParquetRowGroupReader group, DataField field, int rows)
    {
        if (Texts.Contains(field.ClrType))
        {
            var texts = new string?[rows];
            await group.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
            return texts;
        }

        if (Bytes.Contains(field.ClrType))
        {
            var bytes = new byte[]?[rows];
            await group.ReadAsync(field, bytes.AsMemory()!).ConfigureAwait(false);
            return bytes;
        }

        return field.ClrType == typeof(double) ? await NumbersAsync<double>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(float) ? await NumbersAsync<float>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(int) ? await NumbersAsync<int>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(uint) ? await NumbersAsync<uint>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(ulong) ? await NumbersAsync<ulong>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(short) ? await NumbersAsync<short>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(ushort) ? await NumbersAsync<ushort>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(byte) ? await NumbersAsync<byte>(group, field, rows).ConfigureAwait(false)
            : field.ClrType == typeof(sbyte) ? await NumbersAsync<sbyte>(group, field, rows).ConfigureAwait(false)
            : await NumbersAsync<long>(group, field, rows).ConfigureAwait(false);
    }

    /// <summary>Gives a field its value.</summary>
    public static void Set(ListFields fields, ListColumn column, object value)
    {
        switch (value)
        {
            case byte[] bytes when column is ListColumn.ImageEmbedding or ListColumn.TitleEmbedding && bytes.Length % sizeof(float) == 0:
                fields.Set(column, MemoryMarshal.Cast<byte, float>(bytes).ToArray());
                break;
            case byte[] bytes:
                fields.Set(column, bytes);
                break;
            case string text:
                fields.Set(column, Encoding.UTF8.GetBytes(text));
                break;
            case double number when column is not ListColumn.Id:
                fields.Set(column, number);
                break;
            default:
                // As text: what a float32 says is its shortest digits, not what they become when it is widened.
                fields.Set(column, Encoding.UTF8.GetBytes(Convert.ToString(value, CultureInfo.InvariantCulture)!));
                break;
        }
    }

    private static async Task<object?[]> NumbersAsync<T>(ParquetRowGroupReader group, DataField field, int rows)
        where T : struct
    {
        var values = new object?[rows];
        if (field.IsNullable)
        {
            var some = new T?[rows];
            await group.ReadAsync(field, some.AsMemory()).ConfigureAwait(false);
            Array.Copy(some, values, rows);
        }
        else
        {
            var all = new T[rows];
            await group.ReadAsync(field, all.AsMemory()).ConfigureAwait(false);
            Array.Copy(all, values, rows);
        }

        return values;
    }
}
