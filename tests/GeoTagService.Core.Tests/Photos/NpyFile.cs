using System.Text;
using System.Text.RegularExpressions;

namespace GeoTagService.Core.Tests.Photos;

/// <summary>Reads NumPy's format for byte arrays.</summary>
internal static partial class NpyFile
{
    public static (int[] Shape, byte[] Data) ReadBytes(string path)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.Equal("\u0093NUMPY\u0001", Encoding.Latin1.GetString(bytes, 0, 7));
        var headerLength = BitConverter.ToUInt16(bytes, 8);
        var header = Encoding.Latin1.GetString(bytes, 10, headerLength);
        Assert.Contains("'|u1'", header, StringComparison.Ordinal);
        Assert.Contains("'fortran_order': False", header, StringComparison.Ordinal);
        var shape = Shape()
            .Match(header)
            .Groups[1]
            .Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(int.Parse)
            .ToArray();
        return (shape, bytes[(10 + headerLength)..]);
    }

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex Shape();
}
