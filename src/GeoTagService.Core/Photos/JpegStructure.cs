using System.Buffers.Binary;

namespace GeoTagService.Core.Photos;

/// <summary>What the markers of a JPEG file say.</summary>
/// <param name="Width">Columns of the frame, 0 when there is none.</param>
/// <param name="Height">Rows of the frame.</param>
/// <param name="Components">Colour components of the frame.</param>
/// <param name="Scans">Start-of-scan markers in the whole file, an upper bound of the work it asks for.</param>
internal readonly record struct JpegStructure(int Width, int Height, int Components, int Scans)
{
    private const byte StartOfScan = 0xDA;

    /// <summary>Walks the markers up to the first scan, then counts scans by their marker alone.</summary>
    public static JpegStructure Read(ReadOnlySpan<byte> bytes)
    {
        int width = 0, height = 0, components = 0;
        var at = 2;
        while (at + 4 <= bytes.Length && bytes[at] == 0xFF)
        {
            var marker = bytes[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            if (marker == StartOfScan)
            {
                break;
            }

            if (marker is 0x01 or (>= 0xD0 and <= 0xD9))
            {
                at += 2;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (IsStartOfFrame(marker) && at + 10 <= bytes.Length)
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]);
                components = bytes[at + 9];
            }

            at += 2 + Math.Max((int)length, 2);
        }

        return new JpegStructure(width, height, components, CountScans(bytes[Math.Min(at, bytes.Length)..]));
    }

    private static bool IsStartOfFrame(byte marker) =>
        marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;

    // Inside a scan 0xFF is followed by 0x00 or a restart marker, so this pair is a marker wherever it stands.
    private static int CountScans(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> marker = [0xFF, StartOfScan];
        return bytes.Count(marker);
    }
}
