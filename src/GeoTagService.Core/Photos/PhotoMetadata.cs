using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using MetadataExtractor.IO;

namespace GeoTagService.Core.Photos;

/// <summary>What a camera wrote into a photo beside its pixels.</summary>
public static class PhotoMetadata
{
    /// <summary>The position of the photo's EXIF GPS block.</summary>
    /// <param name="encoded">The file's bytes, of any kind.</param>
    /// <returns>WGS84 degrees, or null where there is none, or none that makes sense: a block that is damaged, lacks a
    /// hemisphere, holds 0/0 or degrees out of range is as good as none.</returns>
    public static GeoPosition? ReadPosition(ReadOnlyMemory<byte> encoded)
    {
        foreach (var directory in ReadDirectories(encoded).OfType<GpsDirectory>())
        {
            var latitude = ReadDegrees(
                directory, GpsDirectory.TagLatitude, GpsDirectory.TagLatitudeRef, positive: 'N', negative: 'S', limit: 90);
            var longitude = ReadDegrees(
                directory, GpsDirectory.TagLongitude, GpsDirectory.TagLongitudeRef, positive: 'E', negative: 'W', limit: 180);

            // Cameras without a fix write zeros; no photo of ours is taken on a buoy in the Gulf of Guinea.
            if (latitude is { } lat && longitude is { } lon && (lat != 0.0 || lon != 0.0))
            {
                return new GeoPosition(lat, lon);
            }
        }

        return null;
    }

    private static IReadOnlyList<MetadataExtractor.Directory> ReadDirectories(ReadOnlyMemory<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return [];
        }

        try
        {
            return encoded.Span is [0xFF, 0xD8, 0xFF, ..] ? ReadJpeg(encoded) : ReadAny(encoded);
        }
#pragma warning disable CA1031 // The library meets hostile bytes and documents no closed set of exceptions; metadata is optional.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }

    /// <summary>The EXIF blocks alone: the library's own way through a JPEG copies and reads every kind of segment.</summary>
    private static List<MetadataExtractor.Directory> ReadJpeg(ReadOnlyMemory<byte> jpeg)
    {
        var directories = new List<MetadataExtractor.Directory>();
        for (var from = 0; JpegExif.TryFind(jpeg.Span, ref from, out var tiff);)
        {
            using var stream = new ReadOnlyMemoryStream(jpeg[tiff]);
            directories.AddRange(new ExifReader().Extract(new IndexedSeekingReader(stream)));
        }

        return directories;
    }

    private static IReadOnlyList<MetadataExtractor.Directory> ReadAny(ReadOnlyMemory<byte> encoded)
    {
        using var stream = new ReadOnlyMemoryStream(encoded);
        return ImageMetadataReader.ReadMetadata(stream);
    }

    private static double? ReadDegrees(
        GpsDirectory directory, int tag, int referenceTag, char positive, char negative, double limit)
    {
        var parts = directory.GetRationalArray(tag);
        var reference = directory.GetString(referenceTag)?.Trim().ToUpperInvariant();
        if (parts is null || parts.Length is < 1 or > 3 || string.IsNullOrEmpty(reference)
            || (reference[0] != positive && reference[0] != negative))
        {
            return null;
        }

        var degrees = 0.0;
        var unit = 1.0;
        foreach (var part in parts)
        {
            // 0/0 and x/0 mean "unknown". Minutes and seconds stay below 60; negative parts are no notation of EXIF.
            if (part.Denominator == 0)
            {
                return null;
            }

            var value = (double)part.Numerator / part.Denominator;
            if (!double.IsFinite(value) || value < 0 || (unit < 1.0 && value >= 60.0001))
            {
                return null;
            }

            degrees += value * unit;
            unit /= 60.0;
        }

        return degrees <= limit ? (reference[0] == negative ? -degrees : degrees) : null;
    }
}
