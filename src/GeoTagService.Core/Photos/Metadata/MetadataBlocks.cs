using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>What a block of metadata is written in.</summary>
internal enum MetadataKind
{
    /// <summary>TIFF directories: orientation, GPS, titles.</summary>
    Exif,

    /// <summary>A TIFF directory that holds a place and nothing else.</summary>
    Gps,

    /// <summary>An XML packet of Adobe's.</summary>
    Xmp,

    /// <summary>Photoshop's resources, which hold IPTC's records.</summary>
    Photoshop,

    /// <summary>IPTC's records alone.</summary>
    Iptc,
}

/// <summary>
/// Walks the metadata blocks of a photo's file, wherever its format keeps them. Headers of segments and chunks
/// are looked at, at most some ten thousand, and never the pixels; of what is compressed only JPEG XL's boxes are unpacked.
/// </summary>
internal ref struct MetadataBlocks
{
    /// <summary>Blocks of metadata that are looked at; photos have two or three.</summary>
    public const int MostBlocks = 32;

    private const byte Application1 = 0xE1;
    private const byte Application13 = 0xED;

    private readonly CancellationToken _cancellation;
    private JpegSegments _jpeg;
    private PngChunks _png;
    private WebPChunks _webp;
    private FurtherBlocks _further;
    private int _blocks;

    /// <summary>Begins; a file of any other kind has no blocks.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="cancellation">Ends the walk with an exception.</param>
    public MetadataBlocks(ReadOnlySpan<byte> file, CancellationToken cancellation)
    {
        _cancellation = cancellation;

        // Raw files of a structure of their own leave metadata to their preview.
        _jpeg = new JpegSegments(FileKind.RawName(file) is "RAF" or "X3F" or "MRW" or "CRW" ? RawPreview.Find(file) : file);
        _png = new PngChunks(file);
        _webp = new WebPChunks(file);
        _further = new FurtherBlocks(file);
    }

    private static ReadOnlySpan<byte> ExifPreamble => "Exif\0"u8;

    private static ReadOnlySpan<byte> XmpPreamble => "http://ns.adobe.com/xap/1.0/\0"u8;

    private static ReadOnlySpan<byte> PhotoshopPreamble => "Photoshop 3.0\0"u8;

    // Keyword, no compression, and two empty texts: language and translated keyword.
    private static ReadOnlySpan<byte> XmpText => "XML:com.adobe.xmp\0\0\0\0\0"u8;

    /// <summary>What the block is written in.</summary>
    public MetadataKind Kind { get; private set; }

    /// <summary>The block, without what only says its kind; EXIF keeps a preamble.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next block.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="OperationCanceledException">The walk was cancelled.</exception>
    public bool MoveNext() => _blocks++ < MostBlocks && (MoveNextJpeg() || MoveNextPng() || MoveNextWebP() || MoveNextFurther());

    private bool MoveNextJpeg()
    {
        // Behind the first scan's header there is nothing but pixels that would be worth a look.
        while (_jpeg.MoveNext() && !_jpeg.IsScan)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_jpeg.IsWhole && IsBlock(_jpeg.Marker, _jpeg.Body))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsBlock(byte marker, ReadOnlySpan<byte> body) =>
        marker switch
        {
            Application1 when body.StartsWith(ExifPreamble) => Is(MetadataKind.Exif, body),
            Application1 when body.StartsWith(XmpPreamble) => Is(MetadataKind.Xmp, body[XmpPreamble.Length..]),
            Application13 when body.StartsWith(PhotoshopPreamble) => Is(MetadataKind.Photoshop, body[PhotoshopPreamble.Length..]),
            _ => false,
        };

    private bool MoveNextPng()
    {
        while (_png.MoveNext())
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_png.Type.SequenceEqual("eXIf"u8))
            {
                return Is(MetadataKind.Exif, _png.Body);
            }

            if (_png.Type.SequenceEqual("iTXt"u8) && _png.Body.StartsWith(XmpText))
            {
                return Is(MetadataKind.Xmp, _png.Body[XmpText.Length..]);
            }
        }

        return false;
    }

    private bool MoveNextWebP()
    {
        while (_webp.MoveNext())
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_webp.Type.SequenceEqual("EXIF"u8))
            {
                return Is(MetadataKind.Exif, _webp.Body);
            }

            if (_webp.Type.SequenceEqual("XMP "u8))
            {
                return Is(MetadataKind.Xmp, _webp.Body);
            }
        }

        return false;
    }

    private bool MoveNextFurther() => _further.MoveNext() && Is(_further.Kind, _further.Bytes);

    private bool Is(MetadataKind kind, ReadOnlySpan<byte> bytes)
    {
        Kind = kind;
        Bytes = bytes;
        return true;
    }
}
