using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GeoTagService.Training.Datasets;

/// <summary>Names the photos that figures were taken on, so that figures of the same photos can be told from others.</summary>
public static class HeldOutPhotos
{
    private const int ShownBytes = 4;

    /// <summary>A line of words that is the same exactly for the same photos with the same labels.</summary>
    /// <param name="source">What the photos are, as <see cref="PhotoSet.Description"/> has it.</param>
    /// <param name="data">Where the rows are.</param>
    /// <param name="rows">Rows measured on, in any order.</param>
    public static string Describe(string source, TrainingData data, int[] rows)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(rows);
        var sorted = (int[])rows.Clone();
        Array.Sort(sorted);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(System.Text.Encoding.UTF8.GetBytes(source));
        Span<byte> bytes = stackalloc byte[sizeof(int) + sizeof(ulong)];
        foreach (var row in sorted)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, row);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[sizeof(int)..], data.Labels[row]);
            digest.AppendData(bytes);
        }

        return $"{rows.Length} held out of {source} (set {Convert.ToHexStringLower(digest.GetHashAndReset()[..ShownBytes])})";
    }
}
