using System.Buffers.Binary;

namespace GeoTagService.Core.Photos;

/// <summary>Finds the EXIF blocks among the segments that stand before a JPEG's first scan.</summary>
internal static class JpegExif
{
    private const byte StartOfScan = 0xDA;
    private const byte ApplicationSegment = 0xE1;
    private const int FirstSegment = 2;
    private const int PreambleLength = 6;
    private const int SmallestTiff = 9;

    private static ReadOnlySpan<byte> Preamble => "Exif\0"u8;

    /// <summary>Finds the next block.</summary>
    /// <param name="jpeg">The file's bytes; damaged ones have no block behind the damage.</param>
    /// <param name="from">Where to look on; 0 at first.</param>
    /// <param name="tiff">Receives where the block's TIFF structure lies, without the preamble.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryFind(ReadOnlySpan<byte> jpeg, ref int from, out Range tiff)
    {
        var at = Math.Max(from, FirstSegment);
        while (at + 4 <= jpeg.Length && jpeg[at] == 0xFF && jpeg[at + 1] != StartOfScan)
        {
            if (jpeg[at + 1] == 0xFF)
            {
                at++;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            var end = at + 2 + length;
            if (length < 2 || end > jpeg.Length)
            {
                break;
            }

            var body = jpeg[(at + 4)..end];
            if (jpeg[at + 1] == ApplicationSegment && body.StartsWith(Preamble) && body.Length >= PreambleLength + SmallestTiff)
            {
                tiff = (at + 4 + PreambleLength)..end;
                from = end;
                return true;
            }

            at = end;
        }

        from = jpeg.Length;
        tiff = default;
        return false;
    }
}
