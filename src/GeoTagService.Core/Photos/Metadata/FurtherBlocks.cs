using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>The metadata blocks of the formats that are read by choice: HEIF, AVIF, JPEG XL, TIFF, PSD and raw files of TIFF's kind. What
/// such a format packs (a JPEG XL box by Brotli) is not unpacked.</summary>
internal ref struct FurtherBlocks
{
    private const ushort XmpTag = 0x02BC;
    private const ushort IptcTag = 0x83BB;
    private const int MostTagBytes = 1 << 20;

    private ReadOnlySpan<byte> _exif;
    private ReadOnlySpan<byte> _xmp;
    private ReadOnlySpan<byte> _iptc;

    /// <summary>Finds the blocks; a file of any other kind has none.</summary>
    public FurtherBlocks(ReadOnlySpan<byte> file)
    {
        if (file.Length < 12)
        {
            return;
        }

        if (file[4..].StartsWith("ftyp"u8))
        {
            _exif = BehindOffset(HeifItems.Find(file, "Exif"u8, []));
            _xmp = HeifItems.Find(file, "mime"u8, "application/rdf+xml"u8);
        }
        else if (file[4..].StartsWith("JXL "u8))
        {
            _exif = BehindOffset(IsoBoxes.Find(file, "Exif"u8));
            _xmp = IsoBoxes.Find(file, "xml "u8);
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

    /// <summary>What the block is written in.</summary>
    public MetadataKind Kind { get; private set; }

    /// <summary>The block.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next block.</summary>
    public bool MoveNext() => Take(MetadataKind.Exif, ref _exif) || Take(MetadataKind.Xmp, ref _xmp) || Take(MetadataKind.Iptc, ref _iptc);

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
