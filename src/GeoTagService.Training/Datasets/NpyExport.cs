using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Datasets;

/// <summary>Writes a set and its split as NumPy arrays, for comparisons with other programs: <c>image</c>, <c>title</c>
/// (float16), <c>location</c> (float32), <c>labels</c> (uint8, rows × tags), <c>training</c> and <c>validation</c> (int32
/// row numbers).</summary>
public static class NpyExport
{
    private const int Alignment = 64;

    /// <summary>Writes the files.</summary>
    public static void Write(string directory, TrainingData data, DatasetSplit split, int tags)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(split);
        Directory.CreateDirectory(directory);
        WriteMatrix(directory, "image", data.Image, half: true);
        WriteMatrix(directory, "title", data.Title, half: true);
        WriteMatrix(directory, "location", data.Location, half: false);
        using (var labels = Create(directory, "labels", "|u1", data.Rows, tags))
        {
            foreach (var set in data.Labels)
            {
                for (var tag = 0; tag < tags; tag++)
                {
                    labels.WriteByte((byte)(set >> tag & 1));
                }
            }
        }

        WriteRows(directory, "training", split.Training);
        WriteRows(directory, "validation", split.Validation);
    }

    private static void WriteRows(string directory, string name, int[] rows)
    {
        using var file = Create(directory, name, "<i4", rows.Length);
        file.Write(MemoryMarshal.AsBytes(rows.AsSpan()));
    }

    private static void WriteMatrix(string directory, string name, FeatureMatrix? matrix, bool half)
    {
        if (matrix is null)
        {
            return;
        }

        using var file = Create(directory, name, half ? "<f2" : "<f4", matrix.Rows, matrix.Columns);
        var row = new float[matrix.Columns];
        var halves = new Half[matrix.Columns];
        for (var i = 0; i < matrix.Rows; i++)
        {
            matrix.CopyRow(i, row);
            if (half)
            {
                System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(row, halves);
                file.Write(MemoryMarshal.AsBytes(halves.AsSpan()));
            }
            else
            {
                file.Write(MemoryMarshal.AsBytes(row.AsSpan()));
            }
        }
    }

    /// <summary>Begins a file: its header; the values in row-major order follow.</summary>
    internal static BufferedStream Create(string directory, string name, string type, params int[] shape)
    {
        var dimensions = string.Join(", ", shape) + (shape.Length == 1 ? "," : string.Empty);
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({dimensions}), }}";
        var unpadded = 10 + header.Length + 1;
        header += new string(' ', (Alignment - (unpadded % Alignment)) % Alignment) + "\n";
        var file = new BufferedStream(File.Create(Path.Combine(directory, name + ".npy")), 1 << 20);
        file.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        file.Write(length);
        file.Write(Encoding.ASCII.GetBytes(header));
        return file;
    }
}
