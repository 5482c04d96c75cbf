using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>
/// Walks the segments of a JPEG file, the only way through one in this library, by the rules of libjpeg: bytes that begin
/// no segment are passed over, 0xFF may be repeated before a marker, and the walk goes on behind a scan's data. It ends
/// with the image; whatever lies behind that (another image, a preview) is not part of it. Nothing is copied.
/// </summary>
internal ref struct JpegSegments
{
    /// <summary>Segments that are walked: hundreds are many. A file with more is left there.</summary>
    public const int MostSegments = 16_384;

    /// <summary>Bytes before the first scan that may belong to no segment. A file with more is left there.</summary>
    public const int MostStrayBytes = 65_536;

    private const byte Prefix = 0xFF;
    private const byte FirstWithBody = 0xC0;
    private const byte FirstRestart = 0xD0;
    private const byte LastRestart = 0xD7;
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte Temporary = 0x01;
    private const int LengthBytes = 2;

    private readonly ReadOnlySpan<byte> _file;
    private int _segments;
    private int _strayBytes;
    private bool _isBehindScan;

    /// <summary>Begins behind the file's start marker; a file that does not begin with one has no segments.</summary>
    public JpegSegments(ReadOnlySpan<byte> file)
    {
        _file = file;
        End = file is [Prefix, StartOfImage, ..] ? 2 : file.Length;
    }

    /// <summary>The segment's marker, without its 0xFF.</summary>
    public byte Marker { get; private set; }

    /// <summary>What the segment holds, without its length; empty where it claims a length below that of the length itself.
    /// Cut where the file is.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Whether the length makes sense and the file holds all of it.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Where the segment ends; behind a scan's header its data begins there.</summary>
    public int End { get; private set; }

    /// <summary>Whether the segment is a frame's header (SOF).</summary>
    public readonly bool IsFrame => Marker is >= 0xC0 and <= 0xCF and not 0xC4 and not 0xC8 and not 0xCC;

    /// <summary>Whether the segment is a scan's header (SOS).</summary>
    public readonly bool IsScan => Marker == 0xDA;

    /// <summary>Whether the walk was left before the image's end, because of one of the limits above.</summary>
    public bool IsLeft { get; private set; }

    /// <summary>Goes to the next segment.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        while (FindMarker())
        {
            if (Marker is StartOfImage or EndOfImage)
            {
                // A second start is an error to every decoder.
                End = _file.Length;
                return false;
            }

            if (Marker is Temporary or (>= FirstRestart and <= LastRestart))
            {
                continue;
            }

            if (_segments++ == MostSegments)
            {
                IsLeft = true;
                return false;
            }

            ReadBody();
            _isBehindScan |= IsScan;
            return true;
        }

        return false;
    }

    /// <summary>What was not walked.</summary>
    public readonly ReadOnlySpan<byte> Rest => _file[End..];

    private bool FindMarker()
    {
        while (!IsLeft)
        {
            var stray = Rest.IndexOf(Prefix);
            var fill = stray < 0 ? -1 : Rest[stray..].IndexOfAnyExcept(Prefix);
            if (fill < 0)
            {
                End = _file.Length;
                return false;
            }

            Marker = _file[End + stray + fill];
            End += stray + fill + 1;
            if (Marker != 0)
            {
                Pass(stray + fill - 1);
                return true;
            }

            Pass(stray + fill + 1);
        }

        return false;
    }

    // Behind a scan's header such bytes are its data.
    private void Pass(int bytes)
    {
        _strayBytes += _isBehindScan ? 0 : bytes;
        IsLeft = _strayBytes > MostStrayBytes;
    }

    private void ReadBody()
    {
        if (Marker < FirstWithBody)
        {
            Body = [];
            IsWhole = true;
            return;
        }

        var claimed = Rest.Length < LengthBytes ? int.MaxValue : BinaryPrimitives.ReadUInt16BigEndian(Rest);
        var length = Math.Clamp(claimed, Math.Min(LengthBytes, Rest.Length), Rest.Length);
        IsWhole = claimed >= LengthBytes && claimed <= Rest.Length;
        Body = Rest[Math.Min(LengthBytes, length)..length];
        End += length;
    }
}
