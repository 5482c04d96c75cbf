using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>
/// Finds the picture that a camera put into its raw file for its own display: the largest JPEG in it that is no part of the sensor's
/// data. Raw formats keep it in many ways, but a JPEG begins in one.
/// </summary>
internal static class RawPreview
{
    /// <summary>Places that look like the beginning of a JPEG and are looked at: files have up to four previews, and some of their data
    /// looks so by chance.</summary>
    private const int MostCandidates = 256;

    private const int MostSegments = 64;

    /// <summary>The preview's file, with whatever follows it; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file) => file[Start(file)..];

    /// <summary>Where the preview begins; the file's length where there is none.</summary>
    public static int Start(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> start = [0xFF, 0xD8, 0xFF];
        var (best, most) = (file.Length, 0L);
        var at = 0;
        for (var candidates = 0; candidates < MostCandidates; candidates++)
        {
            var next = file[at..].IndexOf(start);
            if (next < 0)
            {
                break;
            }

            at += next;
            var pixels = Pixels(file[at..]);
            (best, most) = pixels > most ? (at, pixels) : (best, most);
            at += start.Length;
        }

        return best;
    }

    // Baseline or progressive, of 8 bits and three colours: sensors' data in JPEGs is lossless, of more bits or fewer colours.
    private static long Pixels(ReadOnlySpan<byte> jpeg)
    {
        const byte LastOfPhotos = 0xC2;
        var segments = new JpegSegments(jpeg);
        for (var i = 0; i < MostSegments && segments.MoveNext() && !segments.IsScan; i++)
        {
            if (segments.IsFrame)
            {
                return segments is { IsWhole: true, Marker: <= LastOfPhotos, Body: [8, _, _, _, _, 3, ..] }
                    ? (long)BinaryPrimitives.ReadUInt16BigEndian(segments.Body[1..])
                        * BinaryPrimitives.ReadUInt16BigEndian(segments.Body[3..])
                    : 0;
            }
        }

        return 0;
    }
}
