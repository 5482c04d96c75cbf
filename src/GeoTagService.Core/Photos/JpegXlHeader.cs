using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos;

/// <summary>Size and orientation at the beginning of a JPEG XL code stream, which is written in bits.</summary>
internal static class JpegXlHeader
{
    private const int SignatureBytes = 2;
    private const int SmallUnit = 8;
    private const int SmallBits = 5;
    private const int OrientationBits = 3;

    /// <summary>Reads the size.</summary>
    /// <param name="stream">The code stream, from its signature on.</param>
    /// <param name="passes">What a pixel costs.</param>
    public static ImageHeader Read(ReadOnlySpan<byte> stream, int passes)
    {
        var unknown = new ImageHeader(ImageFormat.JpegXl, 0, 0, Passes: passes);
        if (!IsStream(stream))
        {
            return unknown;
        }

        var bits = new Bits(stream[SignatureBytes..]);
        var (width, height) = Sides(ref bits);
        return bits.IsOver ? unknown : unknown with { Width = width, Height = height };
    }

    /// <summary>How the stored pixels are to be turned: what follows the size, unless everything there is as usual.</summary>
    /// <param name="stream">The code stream, from its signature on.</param>
    public static ExifOrientation ReadOrientation(ReadOnlySpan<byte> stream)
    {
        if (!IsStream(stream))
        {
            return ExifOrientation.TopLeft;
        }

        var bits = new Bits(stream[SignatureBytes..]);
        _ = Sides(ref bits);
        var isUsual = bits.Take(1) == 1;
        var hasFields = !isUsual && bits.Take(1) == 1;
        return hasFields ? (ExifOrientation)(bits.Take(OrientationBits) + 1) : ExifOrientation.TopLeft;
    }

    /// <summary>The code stream of a file, which may be one itself.</summary>
    public static ReadOnlySpan<byte> StreamOf(ReadOnlySpan<byte> file)
    {
        const int PartNumberBytes = 4;
        if (IsStream(file))
        {
            return file;
        }

        var stream = IsoBoxes.Find(file, "jxlc"u8);
        if (stream.IsEmpty)
        {
            stream = IsoBoxes.Find(file, "jxlp"u8);
            stream = stream[Math.Min(PartNumberBytes, stream.Length)..];
        }

        return stream;
    }

    private static bool IsStream(ReadOnlySpan<byte> stream) =>
        stream.Length > SignatureBytes && stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]);

    private static (long Width, long Height) Sides(ref Bits bits)
    {
        var isSmall = bits.Take(1) == 1;
        var height = Side(ref bits, isSmall);
        var ratio = bits.Take(3);
        return (ratio == 0 ? Side(ref bits, isSmall) : ByRatio(height, ratio), height);
    }

    private static long Side(ref Bits bits, bool isSmall) =>
        1
        + (
            isSmall
                ? (bits.Take(SmallBits) * SmallUnit) + SmallUnit - 1
                : bits.Take(
                    (int)bits.Take(2) switch
                    {
                        0 => 9,
                        1 => 13,
                        2 => 18,
                        _ => 30,
                    }
                )
        );

    private static long ByRatio(long height, long ratio) =>
        ratio switch
        {
            1 => height,
            2 => height * 12 / 10,
            3 => height * 4 / 3,
            4 => height * 3 / 2,
            5 => height * 16 / 9,
            6 => height * 5 / 4,
            _ => height * 2,
        };

    private ref struct Bits(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;
        private int _next;

        public readonly bool IsOver => _next > _bytes.Length * 8;

        public long Take(int count)
        {
            var value = 0L;
            for (var i = 0; i < count; i++, _next++)
            {
                var bit = _next / 8 < _bytes.Length ? (_bytes[_next / 8] >> (_next % 8)) & 1 : 0;
                value |= (long)bit << i;
            }

            return value;
        }
    }
}
