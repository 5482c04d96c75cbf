using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>
/// Reads the headers of the formats that are read by choice. What they claim is checked before a codec sees the file; a size that a
/// header does not tell in the usual way is 0, and the codec's own limits hold.
/// </summary>
internal static class FurtherHeaders
{
    // Measured against a scan of a JPEG (docs/decisions/further-formats.md).
    private const int HeifPasses = 20;
    private const int AvifPasses = 20;
    private const int TiffPasses = 4;
    private const int Jpeg2000Passes = 40;
    private const int JpegXlPasses = 30;
    private const int PsdPasses = 4;

    /// <summary>Reads the header; <see cref="ImageFormat.Unknown"/> where the file is of no such format.</summary>
    public static ImageHeader Read(ReadOnlySpan<byte> file)
    {
        if (FileKind.RawName(file) is not null)
        {
            return ReadRaw(file);
        }

        if (file.Length >= 12 && file[4..].StartsWith("ftyp"u8))
        {
            return ReadHeif(file);
        }

        return file switch
        {
            [(byte)'I', (byte)'I', (byte)'*', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'*', ..] => ReadTiff(file),
            [(byte)'I', (byte)'I', (byte)'+', 0, ..] or [(byte)'M', (byte)'M', 0, (byte)'+', ..] => ReadBigTiff(file),
            [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ', ..] => ReadJpeg2000File(file),
            [0xFF, 0x4F, 0xFF, 0x51, ..] => ReadJpeg2000(file),
            [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', (byte)' ', ..] => JpegXlHeader.Read(JpegXlHeader.StreamOf(file), JpegXlPasses),
            [0xFF, 0x0A, ..] => JpegXlHeader.Read(file, JpegXlPasses),
            [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => ReadPsd(file),
            _ => default,
        };
    }

    private static ImageHeader ReadRaw(ReadOnlySpan<byte> file)
    {
        var preview = RawPreview.Find(file);
        return preview.IsEmpty ? new ImageHeader(ImageFormat.Raw, 0, 0) : ImageHeader.Read(preview) with { Format = ImageFormat.Raw };
    }

    // The largest size that any picture of the file has: pictures of tiles and previews are smaller than the one that they belong to.
    private static ImageHeader ReadHeif(ReadOnlySpan<byte> file)
    {
        const int VersionBytes = 4;
        const int SizeBytes = 8;
        var format = HeifFormat(file);
        var largest = new ImageHeader(format, 0, 0, Passes: format == ImageFormat.Avif ? AvifPasses : HeifPasses);
        var meta = IsoBoxes.Find(file, "meta"u8);
        if (format == ImageFormat.Unknown || meta.Length < VersionBytes)
        {
            return format == ImageFormat.Unknown ? default : largest;
        }

        var properties = IsoBoxes.Find(IsoBoxes.Find(meta[VersionBytes..], "iprp"u8), "ipco"u8);
        for (var walk = new IsoBoxes(properties); walk.MoveNext(); )
        {
            if (walk.Type.SequenceEqual("ispe"u8) && walk.Body.Length >= VersionBytes + SizeBytes)
            {
                long width = BinaryPrimitives.ReadUInt32BigEndian(walk.Body[VersionBytes..]);
                long height = BinaryPrimitives.ReadUInt32BigEndian(walk.Body[(VersionBytes + 4)..]);
                largest =
                    (Int128)width * height > (Int128)largest.Width * largest.Height
                        ? largest with
                        {
                            Width = width,
                            Height = height,
                        }
                        : largest;
            }
        }

        return largest;
    }

    // A file of the general brand says by the brands that follow what its pictures are.
    private static ImageFormat HeifFormat(ReadOnlySpan<byte> file)
    {
        const int FirstBrand = 8;
        const int BrandBytes = 4;
        const int MostBrands = 64;
        var length = Math.Min(
            BinaryPrimitives.ReadUInt32BigEndian(file),
            (uint)Math.Min(file.Length, FirstBrand + (MostBrands * BrandBytes))
        );
        var brands = file[FirstBrand..Math.Max((int)length, FirstBrand + BrandBytes)];
        var isGeneral = false;
        for (; brands.Length >= BrandBytes; brands = brands[BrandBytes..])
        {
            var brand = brands[..BrandBytes];
            if (brand.StartsWith("avi"u8))
            {
                return ImageFormat.Avif;
            }

            if (brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8))
            {
                return ImageFormat.Heif;
            }

            isGeneral |= brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("mif2"u8) || brand.SequenceEqual("msf1"u8);
        }

        return isGeneral ? ImageFormat.Heif : ImageFormat.Unknown;
    }

    private static ImageHeader ReadTiff(ReadOnlySpan<byte> file)
    {
        const ushort WidthTag = 0x0100;
        const ushort HeightTag = 0x0101;
        const ushort ColoursTag = 0x0106;
        const uint Palette = 3;
        var unknown = new ImageHeader(ImageFormat.Tiff, 0, 0, Passes: TiffPasses);
        if (!TiffReader.TryOpen(file, out var tiff))
        {
            return unknown;
        }

        var root = tiff.OpenRoot();
        return unknown with
        {
            Width = tiff.TryFind(root, WidthTag, out var width) ? tiff.Number(width) ?? 0 : 0,
            Height = tiff.TryFind(root, HeightTag, out var height) ? tiff.Number(height) ?? 0 : 0,
            IsIndexed = tiff.TryFind(root, ColoursTag, out var colours) && tiff.Number(colours) == Palette,
        };
    }

    private static ImageHeader ReadBigTiff(ReadOnlySpan<byte> file)
    {
        const int HeaderBytes = 16;
        const int EntryBytes = 20;
        const int MostEntries = 1024;
        const ushort WidthTag = 0x0100;
        const ushort HeightTag = 0x0101;
        const ushort ShortType = 3;
        var header = new ImageHeader(ImageFormat.Tiff, 0, 0, Passes: TiffPasses);
        var isBigEndian = file[0] == (byte)'M';
        if (file.Length < HeaderBytes)
        {
            return header;
        }

        var directory = isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(file[8..]) : BinaryPrimitives.ReadUInt64LittleEndian(file[8..]);
        if (directory > (ulong)file.Length || file.Length - (int)directory < 8)
        {
            return header;
        }

        var entries = file[((int)directory + 8)..];
        for (var i = 0; i < MostEntries && entries.Length >= EntryBytes; i++, entries = entries[EntryBytes..])
        {
            var value =
                Short(entries[2..], isBigEndian) == ShortType ? Short(entries[12..], isBigEndian) : Long(entries[12..], isBigEndian);
            header = Short(entries, isBigEndian) switch
            {
                WidthTag => header with { Width = value },
                HeightTag => header with { Height = value },
                _ => header,
            };
            if (header is { Width: > 0, Height: > 0 })
            {
                break;
            }
        }

        return header;
    }

    private static ushort Short(ReadOnlySpan<byte> at, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    private static uint Long(ReadOnlySpan<byte> at, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);

    // Box and code stream both have a size; a decoder makes room for the stream's.
    private static ImageHeader ReadJpeg2000File(ReadOnlySpan<byte> file)
    {
        var box = IsoBoxes.Find(IsoBoxes.Find(file, "jp2h"u8), "ihdr"u8);
        var stream = ReadJpeg2000(IsoBoxes.Find(file, "jp2c"u8));
        return box.Length < 8
            ? stream
            : stream with
            {
                Height = Math.Max(stream.Height, BinaryPrimitives.ReadUInt32BigEndian(box)),
                Width = Math.Max(stream.Width, BinaryPrimitives.ReadUInt32BigEndian(box[4..])),
            };
    }

    private static ImageHeader ReadJpeg2000(ReadOnlySpan<byte> stream)
    {
        const int SizesAt = 8;
        const int SizesEnd = SizesAt + 16;
        var unknown = new ImageHeader(ImageFormat.Jpeg2000, 0, 0, Passes: Jpeg2000Passes);
        if (stream.Length < SizesEnd || !stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
        {
            return unknown;
        }

        var sizes = stream[SizesAt..];
        return unknown with
        {
            Width = Math.Max(0, (long)BinaryPrimitives.ReadUInt32BigEndian(sizes) - BinaryPrimitives.ReadUInt32BigEndian(sizes[8..])),
            Height = Math.Max(
                0,
                (long)BinaryPrimitives.ReadUInt32BigEndian(sizes[4..]) - BinaryPrimitives.ReadUInt32BigEndian(sizes[12..])
            ),
        };
    }

    private static ImageHeader ReadPsd(ReadOnlySpan<byte> file)
    {
        const int HeaderBytes = 26;
        const int ChannelsAt = 12;
        const int ColoursAt = 24;
        const ushort Palette = 2;
        return file.Length < HeaderBytes
            ? new ImageHeader(ImageFormat.Psd, 0, 0, Passes: PsdPasses)
            : new ImageHeader(
                ImageFormat.Psd,
                BinaryPrimitives.ReadUInt32BigEndian(file[18..]),
                BinaryPrimitives.ReadUInt32BigEndian(file[14..]),
                IsIndexed: BinaryPrimitives.ReadUInt16BigEndian(file[ColoursAt..]) == Palette,
                Passes: Math.Max((int)BinaryPrimitives.ReadUInt16BigEndian(file[ChannelsAt..]), PsdPasses)
            );
    }
}
