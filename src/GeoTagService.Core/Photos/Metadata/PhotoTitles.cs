using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>Finds the title that somebody wrote into a photo. Several may be there; the one that is most surely a title counts:
/// <c>dc:title</c> of XMP, then IPTC's object name, then EXIF's image description and Windows' title.</summary>
internal static class PhotoTitles
{
    private const ushort DescriptionTag = 0x010E;
    private const ushort WindowsTitleTag = 0x9C9B;

    /// <summary>Longer is no title; what follows is not looked at.</summary>
    private const int MostBytes = 8192;

    // What cameras write where a description would stand.
    private static readonly HashSet<string> OfCameras = new(StringComparer.OrdinalIgnoreCase)
    {
        "OLYMPUS DIGITAL CAMERA",
        "SONY DSC",
        "KONICA MINOLTA DIGITAL CAMERA",
        "MINOLTA DIGITAL CAMERA",
        "DIGITAL CAMERA",
        "Exif_JPEG_PICTURE",
        "Exif JPEG",
        "DCIM",
        "DSC",
        "SAMSUNG",
        "untitled",
        "default",
    };

    /// <summary>Reads the title.</summary>
    /// <param name="file">The file's bytes, of any kind.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <returns>The title, or null where the file has none.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public static PhotoTitle? Read(ReadOnlySpan<byte> file, CancellationToken cancellation)
    {
        PhotoTitle? best = null;
        for (var blocks = new MetadataBlocks(file, cancellation); blocks.MoveNext(); )
        {
            if (Of(blocks.Kind, blocks.Bytes) is { } found && (best is null || found.Source < best.Source))
            {
                best = found;
            }
        }

        return best;
    }

    private static PhotoTitle? Of(MetadataKind kind, ReadOnlySpan<byte> block) =>
        kind switch
        {
            MetadataKind.Xmp => Title(XmpPacket.ReadTitle(block), TitleSource.Xmp),
            MetadataKind.Photoshop => OfIptc(PhotoshopResources.Find(block, PhotoshopResources.Iptc)),
            MetadataKind.Iptc => OfIptc(block),
            MetadataKind.Gps => null,
            _ => OfExif(block),
        };

    private static PhotoTitle? OfIptc(ReadOnlySpan<byte> records) =>
        Title(MetadataText.Decode(IptcRecords.FindObjectName(records)), TitleSource.Iptc);

    private static PhotoTitle? OfExif(ReadOnlySpan<byte> block)
    {
        if (!TiffReader.TryOpen(block, out var exif))
        {
            return null;
        }

        var root = exif.OpenRoot();
        if (exif.TryFind(root, DescriptionTag, out var description) && description.Type == TiffType.Ascii)
        {
            var title = Title(MetadataText.Decode(exif.Read(description, 1, MostBytes)), TitleSource.ExifDescription);
            if (title is not null)
            {
                return title;
            }
        }

        return exif.TryFind(root, WindowsTitleTag, out var windows) && windows.Type == TiffType.Byte
            ? Title(MetadataText.DecodeWide(exif.Read(windows, 1, MostBytes)), TitleSource.ExifWindowsTitle)
            : null;
    }

    private static PhotoTitle? Title(string? text, TitleSource source)
    {
        var title = text?.Trim('\0', ' ', '\t', '\r', '\n');
        if (string.IsNullOrWhiteSpace(title) || OfCameras.Contains(title))
        {
            return null;
        }

        // Never between the halves of a character.
        var length = title.Length <= MostBytes ? title.Length : MostBytes - (char.IsHighSurrogate(title[MostBytes - 1]) ? 1 : 0);
        return new PhotoTitle(title[..length], source);
    }
}
