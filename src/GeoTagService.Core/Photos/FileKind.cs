using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>What a file is, by its first bytes, in words for whoever sent it.</summary>
/// <param name="Name">Its format, with an article: <c>a PDF document</c>.</param>
/// <param name="Advice">What to send instead.</param>
internal readonly record struct FileKind(string Name, string Advice)
{
    private const string AsJpeg = "Save it as JPEG or PNG and send that.";
    private const string AsPng = "Send it drawn as PNG.";
    private const string Video = "Send one frame of it as JPEG.";
    private const string Archive = "Send the photos in it one by one.";
    private const string NoPhoto = "Send the photo's own file.";

    /// <summary>Where the type of an ISO container is named.</summary>
    private const int BrandAt = 8;

    /// <summary>How far tags of a text are looked for.</summary>
    private const int LookedAt = 1024;

    /// <summary>Tells a file by its first bytes; null where they say nothing.</summary>
    public static FileKind? Of(ReadOnlySpan<byte> file) =>
        OfContainer(file) ?? OfTiff(file) ?? OfPicture(file) ?? OfDocument(file) ?? OfText(file);

    /// <summary>The name of the raw format of a camera that is built on TIFF or on a structure like it; null for a plain TIFF file and
    /// everything else.</summary>
    public static string? RawName(ReadOnlySpan<byte> file)
    {
        if (file.Length > 10 && file[8..].StartsWith("CR"u8) && (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8)))
        {
            return "CR2";
        }

        if (IsBrand(file, "crx "u8))
        {
            return "CR3";
        }

        return file switch
        {
            [(byte)'I', (byte)'I', (byte)'R', (byte)'O' or (byte)'S', ..] or [(byte)'M', (byte)'M', (byte)'O', (byte)'R', ..] => "ORF",
            [(byte)'I', (byte)'I', (byte)'U', 0, ..] => "RW2",
            _ when file.StartsWith("FUJIFILMCCD-RAW"u8) => "RAF",
            _ when file.StartsWith("FOVb"u8) => "X3F",
            _ when file.StartsWith("\0MRM"u8) => "MRW",
            _ when file.Length > 14 && file[6..].StartsWith("HEAPCCDR"u8) => "CRW",
            _ => RawNameByTags(file),
        };
    }

    // A raw file of TIFF's kind keeps its pixels in directories below the first, which holds a preview and the camera's maker.
    private static string? RawNameByTags(ReadOnlySpan<byte> file)
    {
        const ushort SubfileType = 0x00FE;
        const ushort Make = 0x010F;
        const ushort Directories = 0x014A;
        const ushort DngVersion = 0xC612;
        const int LongestMake = 16;
        if (!TiffReader.TryOpen(file, out var tiff) || file.StartsWith("Exif"u8))
        {
            return null;
        }

        var root = tiff.OpenRoot();
        if (tiff.TryFind(root, DngVersion, out _))
        {
            return "DNG";
        }

        if (!tiff.TryFind(root, Directories, out _) || !tiff.TryFind(root, Make, out var make))
        {
            return null;
        }

        var maker = tiff.Read(make, 1, LongestMake);
        return maker.StartsWith("NIKON"u8) ? "NEF"
            : maker.StartsWith("SONY"u8) ? "ARW"
            : maker.StartsWith("PENTAX"u8) || maker.StartsWith("RICOH"u8) ? "PEF"
            : maker.StartsWith("SAMSUNG"u8) ? "SRW"
            : tiff.TryFind(root, SubfileType, out var kind) && tiff.Number(kind) == 1 ? "RAW"
            : null;
    }

    /// <summary>Whether the file is an ISO container of this brand.</summary>
    public static bool IsBrand(ReadOnlySpan<byte> file, ReadOnlySpan<byte> brand) =>
        file.Length >= BrandAt + 4 && file[4..].StartsWith("ftyp"u8) && file[BrandAt..].StartsWith(brand);

    private static FileKind? OfContainer(ReadOnlySpan<byte> file)
    {
        if (file is [0, 0, 0, 0x0C, (byte)'J', (byte)'X', (byte)'L', (byte)' ', ..])
        {
            return new FileKind("a JPEG XL image", AsJpeg);
        }

        if (file is [0, 0, 0, 0x0C, (byte)'j', (byte)'P', (byte)' ', (byte)' ', ..])
        {
            return new FileKind("a JPEG 2000 image", AsJpeg);
        }

        if (file.Length < BrandAt + 4 || !file[4..].StartsWith("ftyp"u8))
        {
            return null;
        }

        var brand = file.Slice(BrandAt, 4);
        return brand switch
        {
            _ when brand.SequenceEqual("crx "u8) => Raw("CR3"),
            _ when brand.StartsWith("avi"u8) => new FileKind("an AVIF image", AsJpeg),
            _ when brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) => new FileKind("a HEIC image", AsJpeg),
            _ when brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("mif2"u8) || brand.SequenceEqual("msf1"u8) => new FileKind(
                "a HEIF image",
                AsJpeg
            ),
            _ => new FileKind("a video (MP4, QuickTime)", Video),
        };
    }

    private static FileKind? OfTiff(ReadOnlySpan<byte> file)
    {
        if (RawName(file) is { } raw)
        {
            return Raw(raw);
        }

        return file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8)
            ? new FileKind("a TIFF image", AsJpeg)
            : null;
    }

    private static FileKind Raw(string name) =>
        new(name == "RAW" ? "a camera's raw file" : $"a camera's raw file ({name})", "Save it as JPEG and send that.");

    private static FileKind? OfPicture(ReadOnlySpan<byte> file) =>
        file switch
        {
            [0xFF, 0x4F, 0xFF, 0x51, ..] => new FileKind("a JPEG 2000 image", AsJpeg),
            [0xFF, 0x0A, ..] => new FileKind("a JPEG XL image", AsJpeg),
            [(byte)'8', (byte)'B', (byte)'P', (byte)'S', ..] => new FileKind("a Photoshop image (PSD)", AsJpeg),
            [0, 0, 1, 0, _, _, ..] => new FileKind("an icon (ICO)", "Send the picture as PNG."),
            [0, 0, 2, 0, _, _, ..] => new FileKind("a cursor (CUR)", "Send the picture as PNG."),
            [(byte)'I', (byte)'I', 0xBC, ..] => new FileKind("a JPEG XR image", AsJpeg),
            [0x76, 0x2F, 0x31, 0x01, ..] => new FileKind("an OpenEXR image", AsJpeg),
            [(byte)'B', (byte)'P', (byte)'G', 0xFB, ..] => new FileKind("a BPG image", AsJpeg),
            [(byte)'P', >= (byte)'1' and <= (byte)'7', (byte)'\n' or (byte)' ' or (byte)'\r', ..] => new FileKind(
                "a portable pixel map (PNM)",
                AsJpeg
            ),
            _ when file.StartsWith("#?RADIANCE"u8) || file.StartsWith("#?RGBE"u8) => new FileKind("a Radiance image (HDR)", AsJpeg),
            _ when file.StartsWith("qoif"u8) => new FileKind("a QOI image", AsJpeg),
            _ when file.StartsWith("FLIF"u8) => new FileKind("a FLIF image", AsJpeg),
            _ when file.StartsWith("farbfeld"u8) => new FileKind("a farbfeld image", AsJpeg),
            _ when file.StartsWith("DDS "u8) => new FileKind("a DirectDraw image (DDS)", AsJpeg),
            _ when file.StartsWith("gimp xcf"u8) => new FileKind("a GIMP image (XCF)", AsJpeg),
            _ when file.StartsWith("AT&TFORM"u8) => new FileKind("a DjVu document", "Send a page of it as PNG or JPEG."),
            _ when file.Length > 132 && file[128..].StartsWith("DICM"u8) => new FileKind("a DICOM image", AsJpeg),
            [0xD7, 0xCD, 0xC6, 0x9A, ..] => new FileKind("a Windows metafile (WMF)", AsPng),
            [1, 0, 0, 0, ..] when file.Length > 44 && file[40..].StartsWith(" EMF"u8) => new FileKind("a Windows metafile (EMF)", AsPng),
            _ => null,
        };

    private static FileKind? OfDocument(ReadOnlySpan<byte> file) =>
        file switch
        {
            [0, 5, 0x16, 7, ..] => new FileKind("an AppleDouble file, which macOS keeps beside a photo", NoPhoto),
            _ when file.StartsWith("%PDF-"u8) => new FileKind("a PDF document", "Send a page of it as PNG or JPEG."),
            _ when file.StartsWith("%!PS"u8) || file is [0xC5, 0xD0, 0xD3, 0xC6, ..] => new FileKind("a PostScript document", AsPng),
            [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] => new FileKind("a ZIP archive or an office document", Archive),
            [0x1F, 0x8B, ..] => new FileKind("a gzip archive", Archive),
            [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => new FileKind("a 7z archive", Archive),
            _ when file.StartsWith("Rar!"u8) => new FileKind("a RAR archive", Archive),
            _ when file.Length > 262 && file[257..].StartsWith("ustar"u8) => new FileKind("a tar archive", Archive),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => new FileKind("a video (WebM, Matroska)", Video),
            _ when file.StartsWith("RIFF"u8) && file.Length > 12 && file[8..].StartsWith("AVI "u8) => new FileKind("a video (AVI)", Video),
            _ when file.StartsWith("RIFF"u8) && file.Length > 12 && file[8..].StartsWith("WAVE"u8) => new FileKind("a sound", NoPhoto),
            _ => null,
        };

    private static FileKind? OfText(ReadOnlySpan<byte> file)
    {
        var start = file[..Math.Min(file.Length, LookedAt)];
        var text = (start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? start[3..] : start).TrimStart(" \t\r\n"u8);
        if (text.StartsWith("<"u8))
        {
            return text.IndexOf("<svg"u8) >= 0 ? new FileKind("an SVG drawing", AsPng)
                : text.IndexOf("<html"u8) >= 0 || text.IndexOf("<!DOCTYPE html"u8) >= 0 || text.IndexOf("<!doctype html"u8) >= 0
                    ? new FileKind("a web page (HTML), not a photo", NoPhoto)
                : new FileKind("an XML text, not a photo", NoPhoto);
        }

        return text.StartsWith("version https://git-lfs"u8)
            ? new FileKind("a Git LFS pointer, not the photo itself", "Fetch the photo (git lfs pull) and send that.")
            : null;
    }
}
