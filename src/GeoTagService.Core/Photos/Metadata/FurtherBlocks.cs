using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>The metadata blocks of the formats that are read by choice: HEIF, AVIF, JPEG XL, JPEG 2000, TIFF, PSD and raw files. What
/// such a format packs is not unpacked, but for the boxes of JPEG XL.</summary>
internal ref struct FurtherBlocks
{
    private const ushort XmpTag = 0x02BC;
    private const ushort IptcTag = 0x83BB;
    private const int MostTagBytes = 1 << 20;

    private ReadOnlySpan<byte> _exif;
    private ReadOnlySpan<byte> _gps;
    private ReadOnlySpan<byte> _xmp;
    private ReadOnlySpan<byte> _iptc;

    /// <summary>Finds the blocks; a file of any other kind has none.</summary>
    public FurtherBlocks(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12)
        {
            return;
        }

        if (FileKind.IsBrand(file, "crx "u8))
        {
            // Canon has a block of TIFF for each directory that others put into one.
            var canon = IsoBoxes.FindUuid(IsoBoxes.Find(file, "moov"u8), Canon);
            _exif = IsoBoxes.Find(canon, "CMT1"u8);
            _gps = IsoBoxes.Find(canon, "CMT4"u8);
            _xmp = IsoBoxes.FindUuid(file, Xmp);
        }
        else if (file[4..].StartsWith("ftyp"u8))
        {
            _exif = BehindOffset(HeifItems.Find(file, "Exif"u8, []));
            _xmp = HeifItems.Find(file, "mime"u8, "application/rdf+xml"u8);
        }
        else if (file[4..].StartsWith("JXL "u8))
        {
            var boxes = new JpegXlBoxes(file);
            _exif = BehindOffset(boxes.Exif);
            _xmp = boxes.Xmp;
        }
        else if (file[4..].StartsWith("jP  "u8))
        {
            _exif = IsoBoxes.FindUuid(file, "JpgTiffExif->JP2"u8);
            _xmp = IsoBoxes.FindUuid(file, Xmp);
            _iptc = IsoBoxes.FindUuid(file, Iptc);
        }
        else if (file.StartsWith("8BPS"u8))
        {
            var resources = PhotoshopResources.OfFile(file);
            _exif = PhotoshopResources.Find(resources, PhotoshopResources.Exif);
            _xmp = PhotoshopResources.Find(resources, PhotoshopResources.Xmp);
            _iptc = PhotoshopResources.Find(resources, PhotoshopResources.Iptc);
        }
        else if (TiffReader.TryOpen(file, out var tiff))
        {
            _exif = file;
            var root = tiff.OpenRoot();
            _xmp = tiff.TryFind(root, XmpTag, out var xmp) ? tiff.Read(xmp, 1, MostTagBytes) : [];
            _iptc = tiff.TryFind(root, IptcTag, out var iptc) ? tiff.Read(iptc, iptc.Type == TiffType.Long ? 4 : 1, MostTagBytes) : [];
        }
    }

    private static ReadOnlySpan<byte> Canon =>
        [0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48];

    private static ReadOnlySpan<byte> Xmp =>
        [0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC];

    private static ReadOnlySpan<byte> Iptc =>
        [0x33, 0xC7, 0xA4, 0xD2, 0xB8, 0x1D, 0x47, 0x23, 0xA0, 0xBA, 0xF1, 0xA3, 0xE0, 0x97, 0xAD, 0x38];

    /// <summary>What the block is written in.</summary>
    public MetadataKind Kind { get; private set; }

    /// <summary>The block.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next block.</summary>
    public bool MoveNext() =>
        Take(MetadataKind.Exif, ref _exif)
        || Take(MetadataKind.Gps, ref _gps)
        || Take(MetadataKind.Xmp, ref _xmp)
        || Take(MetadataKind.Iptc, ref _iptc);

    private bool Take(MetadataKind kind, ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
        {
            return false;
        }

        Kind = kind;
        Bytes = block;
        block = [];
        return true;
    }

    // Four bytes say where the block begins behind them.
    private static ReadOnlySpan<byte> BehindOffset(ReadOnlySpan<byte> block)
    {
        const int OffsetBytes = 4;
        if (block.Length < OffsetBytes)
        {
            return [];
        }

        var offset = BinaryPrimitives.ReadUInt32BigEndian(block);
        return offset > block.Length - OffsetBytes ? [] : block[(OffsetBytes + (int)offset)..];
    }
}
