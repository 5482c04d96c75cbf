using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Metadata;

/// <summary>Reads the position from the GPS directory of an EXIF block.</summary>
internal static class GpsDirectory
{
    private const ushort PointerTag = 0x8825;
    private const ushort LatitudeReferenceTag = 1;
    private const ushort LatitudeTag = 2;
    private const ushort LongitudeReferenceTag = 3;
    private const ushort LongitudeTag = 4;
    private const int MostParts = 3;
    private const int RationalBytes = 8;
    private const int MostReferenceLetters = 4;
    private const double PartsPerUnit = 60.0;

    // Seconds are rounded by some writers to 60.00.
    private const double MostParts60 = 60.0001;

    /// <summary>Reads the position.</summary>
    /// <returns>Null where the block speaks of none; without a position where it does and the position cannot be one.</returns>
    public static ExifPlace? Read(scoped ref TiffReader exif)
    {
        if (!exif.TryFind(exif.OpenRoot(), PointerTag, out var pointer))
        {
            return null;
        }

        return exif.OpenDirectory(pointer) is { } directory ? Read(ref exif, directory) : ExifPlace.Unusable;
    }

    /// <summary>Reads the position where the block is the directory.</summary>
    /// <returns>As <see cref="Read(ref TiffReader)"/>.</returns>
    public static ExifPlace? ReadRoot(scoped ref TiffReader gps) => gps.OpenRoot() is { } directory ? Read(ref gps, directory) : null;

    private static ExifPlace? Read(scoped ref TiffReader exif, TiffDirectory directory)
    {
        var hasLatitude = exif.TryFind(directory, LatitudeTag, out var latitudeEntry);
        var hasLongitude = exif.TryFind(directory, LongitudeTag, out var longitudeEntry);
        if (!hasLatitude && !hasLongitude)
        {
            // Cameras without a receiver, or without a fix, write the directory's version alone.
            return null;
        }

        if (
            !hasLatitude
            || !hasLongitude
            || Degrees(ref exif, latitudeEntry) is not { } latitude
            || Degrees(ref exif, longitudeEntry) is not { } longitude
            || Sign(ref exif, directory, LatitudeReferenceTag, 'N', 'S') is not { } north
            || Sign(ref exif, directory, LongitudeReferenceTag, 'E', 'W') is not { } east
        )
        {
            return ExifPlace.Unusable;
        }

        return ExifPlace.Of(new GeoPosition(north * latitude, east * longitude));
    }

    // 0/0 and x/0 mean "unknown". Minutes and seconds stay below 60; negative parts are no notation of EXIF.
    private static double? Degrees(scoped ref TiffReader exif, TiffEntry entry)
    {
        if (entry is not { Type: TiffType.Rational or TiffType.SignedRational, Count: >= 1 and <= MostParts })
        {
            return null;
        }

        var parts = exif.Read(entry, RationalBytes, MostParts);
        if (parts.IsEmpty)
        {
            return null;
        }

        var degrees = 0.0;
        var unit = 1.0;
        for (; !parts.IsEmpty; parts = parts[RationalBytes..])
        {
            if (Part(ref exif, entry.Type, parts) is not { } value || (unit < 1.0 && value >= MostParts60))
            {
                return null;
            }

            degrees += value * unit;
            unit /= PartsPerUnit;
        }

        // Sums of sixtieths end in 0.00000000000005 and the like; nine decimals are a tenth of a millimetre.
        return Math.Round(degrees, 9);
    }

    private static double? Part(scoped ref TiffReader exif, TiffType type, ReadOnlySpan<byte> part)
    {
        var (above, below) = (exif.Long(part), exif.Long(part[4..]));
        var (numerator, denominator) = type == TiffType.SignedRational ? ((double)(int)above, (double)(int)below) : (above, below);
        var value = numerator / denominator;
        return denominator != 0 && value >= 0 ? value : null;
    }

    private static int? Sign(scoped ref TiffReader exif, TiffDirectory directory, ushort tag, char positive, char negative)
    {
        if (!exif.TryFind(directory, tag, out var entry) || entry.Type != TiffType.Ascii)
        {
            return null;
        }

        foreach (var letter in exif.Read(entry, 1, MostReferenceLetters))
        {
            if (letter != ' ')
            {
                var hemisphere = char.ToUpperInvariant((char)letter);
                return hemisphere == positive ? 1
                    : hemisphere == negative ? -1
                    : null;
            }
        }

        return null;
    }
}
