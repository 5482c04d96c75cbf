using System.Buffers.Binary;

namespace GeoTagService.Testing;

/// <summary>Writes a small EXIF block (a JPEG APP1 segment).</summary>
public static class ExifBlock
{
    private const int TiffStart = 10;

    /// <summary>Writes the block.</summary>
    public static byte[] Create(int? orientation, (double Latitude, double Longitude)? position) =>
        Create(
            orientation,
            position is { } p
                ? (p.Latitude < 0 ? "S" : "N", Sexagesimal(p.Latitude), p.Longitude < 0 ? "W" : "E", Sexagesimal(p.Longitude))
                : null
        );

    /// <summary>Writes the block with the GPS tags as they are given: hemisphere, then numerator and denominator in turn.</summary>
    public static byte[] Create(int? orientation, (string LatitudeRef, uint[] Latitude, string LongitudeRef, uint[] Longitude)? gps)
    {
        var tiff = new List<byte>();
        var entries = (orientation is null ? 0 : 1) + (gps is null ? 0 : 1);
        Ascii(tiff, "MM\0*");
        Write32(tiff, 8);
        Write16(tiff, entries);
        var gpsStart = 8 + 2 + (entries * 12) + 4;
        if (orientation is { } value)
        {
            Entry(tiff, 0x0112, type: 3, count: 1);
            Write16(tiff, value);
            Write16(tiff, 0);
        }

        if (gps is not null)
        {
            Entry(tiff, 0x8825, type: 4, count: 1);
            Write32(tiff, (uint)gpsStart);
        }

        Write32(tiff, 0);
        if (gps is { } g)
        {
            var data = (uint)(gpsStart + 2 + (4 * 12) + 4);
            Write16(tiff, 4);
            Entry(tiff, 1, type: 2, count: 2);
            Ascii(tiff, (g.LatitudeRef + "\0\0\0\0")[..4]);
            Entry(tiff, 2, type: 5, count: (uint)g.Latitude.Length / 2);
            Write32(tiff, data);
            Entry(tiff, 3, type: 2, count: 2);
            Ascii(tiff, (g.LongitudeRef + "\0\0\0\0")[..4]);
            Entry(tiff, 4, type: 5, count: (uint)g.Longitude.Length / 2);
            Write32(tiff, data + (uint)(g.Latitude.Length * 4));
            Write32(tiff, 0);
            foreach (var number in g.Latitude.Concat(g.Longitude))
            {
                Write32(tiff, number);
            }
        }

        var segment = new byte[TiffStart + tiff.Count];
        segment[0] = 0xFF;
        segment[1] = 0xE1;
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)(segment.Length - 2));
        "Exif\0\0"u8.CopyTo(segment.AsSpan(4));
        tiff.CopyTo(segment, TiffStart);
        return segment;
    }

    private static uint[] Sexagesimal(double degrees)
    {
        var seconds = Math.Abs(degrees) * 3600.0;
        var whole = (uint)(seconds / 3600.0);
        var minutes = (uint)((seconds - (whole * 3600.0)) / 60.0);
        var rest = seconds - (whole * 3600.0) - (minutes * 60.0);
        return [whole, 1, minutes, 1, (uint)Math.Round(rest * 10_000.0), 10_000];
    }

    private static void Entry(List<byte> target, int tag, int type, uint count)
    {
        Write16(target, tag);
        Write16(target, type);
        Write32(target, count);
    }

    private static void Ascii(List<byte> target, string text) => target.AddRange(text.Select(c => (byte)c));

    private static void Write16(List<byte> target, int value)
    {
        target.Add((byte)(value >> 8));
        target.Add((byte)value);
    }

    private static void Write32(List<byte> target, uint value)
    {
        Write16(target, (int)(value >> 16));
        Write16(target, (int)(value & 0xFFFF));
    }
}
