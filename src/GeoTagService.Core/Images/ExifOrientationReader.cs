using System.Buffers.Binary;

namespace GeoTagService.Core.Images;

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
        var at = 2;
        while (at + 4 <= jpeg.Length && jpeg[at] == 0xFF && jpeg[at + 1] != 0xDA)
        {
            if (jpeg[at + 1] == 0xFF)
            {
                at++;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (length < 2 || at + 2 + length > jpeg.Length)
            {
                break;
            }

            var body = jpeg.Slice(at + 4, length - 2);
            if (jpeg[at + 1] == 0xE1 && body.StartsWith("Exif\0"u8) && body.Length > 14)
            {
                return ReadTiff(body[6..]);
            }

            at += 2 + length;
        }

        return ExifOrientation.TopLeft;
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
