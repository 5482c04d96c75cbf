namespace GeoTagService.Core.Photos;

/// <summary>A seekable view of memory, so that libraries that want a stream get one without a copy.</summary>
internal sealed class ReadOnlyMemoryStream(ReadOnlyMemory<byte> memory) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => memory.Length;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new IOException("Before the beginning of the stream.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_position >= memory.Length)
        {
            return 0;
        }

        var source = memory.Span[(int)_position..];
        var count = Math.Min(source.Length, buffer.Length);
        source[..count].CopyTo(buffer);
        _position += count;
        return count;
    }

    // The base class allocates for each byte.
    public override int ReadByte() => _position < memory.Length ? memory.Span[(int)_position++] : -1;

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => memory.Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
