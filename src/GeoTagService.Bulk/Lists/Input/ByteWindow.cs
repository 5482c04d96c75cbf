namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A sliding window over a stream: what is unread stays together, and grows until a record fits.</summary>
internal sealed class ByteWindow(Stream stream, int size = 1 << 20) : IDisposable
{
    /// <summary>Longest record: a row of two base64 embeddings has 6 KB, so this only bounds memory.</summary>
    public const int LongestRecord = 64 << 20;

    private byte[] _buffer = new byte[size];
    private int _start;
    private int _end;

    /// <summary>Bytes handed out so far, for progress.</summary>
    public long Consumed { get; private set; }

    /// <summary>Whether the stream has nothing more than <see cref="Unread"/>.</summary>
    public bool Ended { get; private set; }

    /// <summary>What was read and not yet consumed. Valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlyMemory<byte> Unread => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Takes bytes off the front.</summary>
    public void Consume(int count)
    {
        _start += count;
        Consumed += count;
    }

    /// <summary>Goes to a place of the stream.</summary>
    public void GoTo(long offset)
    {
        stream.Position = offset;
        (_start, _end, Consumed, Ended) = (0, 0, offset, false);
    }

    /// <summary>Reads more.</summary>
    /// <exception cref="InvalidDataException">A record is longer than <see cref="LongestRecord"/>.</exception>
    public void Fill()
    {
        if (_start > 0)
        {
            Unread.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            if (_buffer.Length >= LongestRecord)
            {
                throw new InvalidDataException($"a row has more than {LongestRecord} bytes");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        Ended = read == 0;
    }

    public void Dispose() => stream.Dispose();
}
