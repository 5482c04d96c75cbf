using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>What the markers of a JPEG file say.</summary>
/// <param name="Width">Columns of the frame, 0 when there is none.</param>
/// <param name="Height">Rows of the frame.</param>
/// <param name="Components">Colour components of the frame.</param>
/// <param name="Scans">Scans that a decoder goes through before it stops, or more: with the pixels the work that the file asks for.</param>
internal readonly record struct JpegStructure(int Width, int Height, int Components, int Scans)
{
    private const int HeightAt = 1;
    private const int WidthAt = 3;
    private const int ComponentsAt = 5;

    /// <summary>Walks the markers of the whole image. Of several frame headers, an error to every decoder, the first counts.</summary>
    public static JpegStructure Read(ReadOnlySpan<byte> bytes)
    {
        var structure = default(JpegStructure);
        var segments = new JpegSegments(bytes);
        while (segments.MoveNext())
        {
            if (segments.IsScan)
            {
                structure = structure with { Scans = structure.Scans + 1 };
            }
            else if (segments.IsFrame && structure.Components == 0 && segments.Body.Length > ComponentsAt)
            {
                structure = new JpegStructure(
                    BinaryPrimitives.ReadUInt16BigEndian(segments.Body[WidthAt..]),
                    BinaryPrimitives.ReadUInt16BigEndian(segments.Body[HeightAt..]),
                    segments.Body[ComponentsAt],
                    structure.Scans
                );
            }
        }

        // Where the walk was left, whatever looks like a scan may be one.
        ReadOnlySpan<byte> scan = [0xFF, 0xDA];
        return segments.IsLeft ? structure with { Scans = structure.Scans + segments.Rest.Count(scan) + 1 } : structure;
    }
}
