using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>Tells a file that was cut from one that is damaged otherwise: whoever sent it may only have to send it again.</summary>
internal static class PhotoEnd
{
    /// <summary>Whether the end of the file is missing, by what its format says of its parts.</summary>
    /// <param name="file">A file that could not be decoded.</param>
    /// <param name="format">Its format.</param>
    public static bool IsMissing(ReadOnlySpan<byte> file, ImageFormat format) =>
        format switch
        {
            ImageFormat.Jpeg => IsJpegCut(file),
            ImageFormat.Png => IsPngCut(file),
            ImageFormat.WebP => file.Length < 12 || file.Length < 8L + BinaryPrimitives.ReadUInt32LittleEndian(file[4..]),
            ImageFormat.Gif => IsGifCut(file),
            ImageFormat.Bmp => file.Length < BinaryPrimitives.ReadUInt32LittleEndian(file[2..]),
            ImageFormat.Heif or ImageFormat.Avif => IsContainerCut(file),
            ImageFormat.Jpeg2000 or ImageFormat.JpegXl when file is [0, ..] => IsContainerCut(file),
            _ => false,
        };

    private static bool IsContainerCut(ReadOnlySpan<byte> file)
    {
        var boxes = new IsoBoxes(file);
        while (boxes.MoveNext())
        {
            // On to the last.
        }

        return boxes.IsCut;
    }

    // A preview has scans and an end of its own; those of the photo follow.
    private static bool IsJpegCut(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> scan = [0xFF, 0xDA];
        ReadOnlySpan<byte> end = [0xFF, 0xD9];
        return file.LastIndexOf(end) <= file.LastIndexOf(scan);
    }

    private static bool IsPngCut(ReadOnlySpan<byte> file)
    {
        const int Signature = 8;
        const int ChunkLength = 12;
        for (long at = Signature; at + ChunkLength <= file.Length; )
        {
            if (file.Slice((int)at + 4, 4).SequenceEqual("IEND"u8))
            {
                return false;
            }

            at += ChunkLength + (long)BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]);
        }

        return true;
    }

    private static bool IsGifCut(ReadOnlySpan<byte> file)
    {
        const int HeaderLength = 13;
        const int DescriptorLength = 10;
        const byte Trailer = 0x3B;
        const byte ImageDescriptor = 0x2C;
        const byte Extension = 0x21;
        if (file.Length < HeaderLength)
        {
            return true;
        }

        var at = HeaderLength + PaletteLength(file[10]);
        while (at < file.Length && file[at] is Extension or ImageDescriptor)
        {
            if (file[at] == Extension)
            {
                at += 2;
            }
            else if (at + DescriptorLength > file.Length)
            {
                return true;
            }
            else
            {
                at += DescriptorLength + PaletteLength(file[at + 9]) + 1;
            }

            while (at < file.Length && file[at] != 0)
            {
                at += 1 + file[at];
            }

            at++;
        }

        // What is neither a block nor the end is damage of another kind.
        return at >= file.Length || (file[at] != Trailer && file[^1] != Trailer);
    }

    private static int PaletteLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));
}
