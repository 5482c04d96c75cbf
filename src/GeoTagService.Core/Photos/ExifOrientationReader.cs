using System.Buffers.Binary;

namespace GeoTagService.Core.Photos;

/// <summary>Finds the orientation in a JPEG's EXIF block; whatever is damaged means upright.</summary>
internal static class ExifOrientationReader
{
    private const ushort OrientationTag = 0x0112;
    private const ushort ShortType = 3;
    private const int EntrySize = 12;

    /// <summary>Reads the orientation.</summary>
    /// <param name="jpeg">The file's bytes.</param>
    public static ExifOrientation Read(ReadOnlySpan<byte> jpeg)
    {
        var from = 0;
        return JpegExif.TryFind(jpeg, ref from, out var tiff) ? ReadTiff(jpeg[tiff]) : ExifOrientation.TopLeft;
    }

    private static ExifOrientation ReadTiff(ReadOnlySpan<byte> tiff)
    {
        var isBigEndian = tiff.StartsWith("MM"u8);
        if (!isBigEndian && !tiff.StartsWith("II"u8))
        {
            return ExifOrientation.TopLeft;
        }

        var directory = isBigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(tiff[4..])
            : BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
        {
            return ExifOrientation.TopLeft;
        }

        var count = Read16(tiff[(int)directory..], isBigEndian);
        var entries = tiff[((int)directory + 2)..];
        for (var i = 0; i < count && entries.Length >= EntrySize; i++, entries = entries[EntrySize..])
        {
            if (Read16(entries, isBigEndian) == OrientationTag && Read16(entries[2..], isBigEndian) == ShortType)
            {
                var value = Read16(entries[8..], isBigEndian);
                return value is >= 1 and <= 8 ? (ExifOrientation)value : ExifOrientation.TopLeft;
            }
        }

        return ExifOrientation.TopLeft;
    }

    private static ushort Read16(ReadOnlySpan<byte> bytes, bool isBigEndian) => isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(bytes)
        : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
