namespace GeoTagService.Core.Photos;

/// <summary>The size at the beginning of a JPEG XL code stream, which is written in bits.</summary>
internal static class JpegXlSize
{
    private const int SignatureBytes = 2;
    private const int SmallUnit = 8;
    private const int SmallBits = 5;

    /// <summary>Reads the size.</summary>
    /// <param name="stream">The code stream, from its signature on.</param>
    /// <param name="passes">What a pixel costs.</param>
    public static ImageHeader Read(ReadOnlySpan<byte> stream, int passes)
    {
        var unknown = new ImageHeader(ImageFormat.JpegXl, 0, 0, Passes: passes);
        if (stream.Length <= SignatureBytes || !stream.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]))
        {
            return unknown;
        }

        var bits = new Bits(stream[SignatureBytes..]);
        var isSmall = bits.Take(1) == 1;
        var height = Side(ref bits, isSmall);
        var ratio = bits.Take(3);
        var width = ratio == 0 ? Side(ref bits, isSmall) : ByRatio(height, ratio);
        return bits.IsOver ? unknown : unknown with { Width = width, Height = height };
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
