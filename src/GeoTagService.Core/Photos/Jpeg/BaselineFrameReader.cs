using System.Buffers.Binary;
using GeoTagService.Core.Photos.Containers;

namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>Reads the headers of a JPEG file. What is not plain baseline (progressive, arithmetic, 12 bits, several
/// scans, sampling that divides no whole number) is left to the codec library.</summary>
internal sealed class BaselineFrameReader(HuffmanTableCache tables)
{
    // Shorter ones are not JFIF's to libjpeg.
    private const int JfifLength = 14;

    private readonly int[]?[] _quantization = new int[]?[4];
    private readonly HuffmanTable?[] _dc = new HuffmanTable?[4];
    private readonly HuffmanTable?[] _ac = new HuffmanTable?[4];
    private (byte Id, int Horizontal, int Vertical, int Table)[] _components = [];
    private int _width;
    private int _height;
    private int _restartInterval;
    private bool _hasJfif;
    private int? _adobeTransform;

    /// <summary>Reads the headers, or returns null where the file is not of the kind described above.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="tables">Tables of earlier files.</param>
    public static BaselineFrame? TryRead(ReadOnlySpan<byte> file, HuffmanTableCache tables) => new BaselineFrameReader(tables).Read(file);

    private BaselineFrame? Read(ReadOnlySpan<byte> file)
    {
        for (var segments = new JpegSegments(file); segments.MoveNext(); )
        {
            if (!segments.IsWhole)
            {
                return null;
            }

            if (segments.IsScan)
            {
                return ReadScan(segments.Body, segments.End);
            }

            if (!ReadSegment(segments.Marker, segments.Body))
            {
                return null;
            }
        }

        return null;
    }

    private bool ReadSegment(byte marker, ReadOnlySpan<byte> body)
    {
        switch (marker)
        {
            case 0xC0 or 0xC1:
                return ReadFrame(body);
            case 0xC4:
                return ReadHuffmanTables(body);
            case 0xDB:
                return ReadQuantizationTables(body);
            case 0xDD:
                _restartInterval = body.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(body) : 0;
                return body.Length >= 2;
            case 0xE0:
                _hasJfif |= body.Length >= JfifLength && body.StartsWith("JFIF\0"u8);
                return true;
            case 0xEE:
                if (body.Length >= 12 && body.StartsWith("Adobe"u8))
                {
                    _adobeTransform = body[11];
                }

                return true;
            default:
                return marker is 0xFE or (>= 0xE0 and <= 0xEF);
        }
    }

    private bool ReadFrame(ReadOnlySpan<byte> body)
    {
        if (body.Length < 6 || body[0] != 8 || _components.Length > 0)
        {
            return false;
        }

        _height = BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
        _width = BinaryPrimitives.ReadUInt16BigEndian(body[3..]);
        var count = body[5];
        if (_width == 0 || _height == 0 || count is not (1 or 3 or 4) || body.Length < 6 + (count * 3))
        {
            return false;
        }

        _components = new (byte, int, int, int)[count];
        var blocks = 0;
        for (var i = 0; i < count; i++)
        {
            var entry = body.Slice(6 + (i * 3), 3);

            // A single component is stored block by block, whatever its factors say.
            var (h, v) = count == 1 ? (1, 1) : (entry[1] >> 4, entry[1] & 15);
            _components[i] = (entry[0], h, v, entry[2]);
            blocks += h * v;
            if (h is not (1 or 2 or 4) || v is not (1 or 2 or 4) || entry[2] > 3)
            {
                return false;
            }
        }

        return blocks <= 10;
    }

    private bool ReadQuantizationTables(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var (precision, index) = (body[0] >> 4, body[0] & 15);
            var bytes = precision == 0 ? 64 : 128;
            if (precision > 1 || index > 3 || body.Length < 1 + bytes)
            {
                return false;
            }

            var table = new int[64];
            for (var i = 0; i < 64; i++)
            {
                table[i] = precision == 0 ? body[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(body[(1 + (i * 2))..]);
            }

            _quantization[index] = table;
            body = body[(1 + bytes)..];
        }

        return true;
    }

    private bool ReadHuffmanTables(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            if (body.Length < 17)
            {
                return false;
            }

            var (kind, index) = (body[0] >> 4, body[0] & 15);
            var counts = body.Slice(1, 16);
            var symbols = 0;
            foreach (var count in counts)
            {
                symbols += count;
            }

            if (kind > 1 || index > 3 || symbols > 256 || body.Length < 17 + symbols)
            {
                return false;
            }

            var table = tables.Get(counts, body.Slice(17, symbols), hasValues: kind == 1);
            if (table is null)
            {
                return false;
            }

            (kind == 0 ? _dc : _ac)[index] = table;
            body = body[(17 + symbols)..];
        }

        return true;
    }

    private BaselineFrame? ReadScan(ReadOnlySpan<byte> body, int dataOffset)
    {
        var count = _components.Length;
        if (count == 0 || body.Length < 1 + (count * 2) + 3 || body[0] != count)
        {
            return null;
        }

        var components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            var (id, h, v, table) = _components[i];
            var selector = body[2 + (i * 2)];
            if (
                body[1 + (i * 2)] != id
                || selector >> 4 > 3
                || (selector & 15) > 3
                || _quantization[table] is not { } quantization
                || _dc[selector >> 4] is not { } dc
                || _ac[selector & 15] is not { } ac
            )
            {
                return null;
            }

            components[i] = new JpegComponent(id, h, v, table)
            {
                Quantization = quantization,
                Dc = dc,
                Ac = ac,
            };
        }

        var frame = new BaselineFrame(_width, _height, Colours(), components, _restartInterval, dataOffset);
        return components.All(c => IsRead(frame, c)) ? frame : null;
    }

    // Ratios that libjpeg smooths (1, 2) are computed as it does; others are rare and left to it.
    private static bool IsRead(BaselineFrame frame, JpegComponent component)
    {
        var across = frame.MaxHorizontal / component.Horizontal;
        var down = frame.MaxVertical / component.Vertical;
        var samples = ((frame.Width * component.Horizontal) + frame.MaxHorizontal - 1) / frame.MaxHorizontal;
        return (across, down) is (1, 1) || ((across, down) is (2, 1) or (2, 2) && samples > 2);
    }

    // The rules of libjpeg: a JFIF marker, then Adobe's, then the identifiers.
    private JpegColourModel Colours() =>
        _components.Length switch
        {
            1 => JpegColourModel.Gray,
            // Any transform but none: libjpeg takes 1, which says nothing of four components, for 2.
            4 => _adobeTransform is null or 0 ? JpegColourModel.Cmyk : JpegColourModel.Ycck,
            _ when _hasJfif => JpegColourModel.YCbCr,
            _ when _adobeTransform is { } transform => transform == 0 ? JpegColourModel.Rgb : JpegColourModel.YCbCr,
            _ => (_components[0].Id, _components[1].Id, _components[2].Id) is ((byte)'R', (byte)'G', (byte)'B')
                ? JpegColourModel.Rgb
                : JpegColourModel.YCbCr,
        };
}
