using System.Buffers;

namespace GeoTagService.Api.Json;

/// <summary>
/// A small window over a body of JSON that slides along as it is read. Of NDJSON it shows one line at a time, as far as that has
/// come. Not safe for several threads.
/// </summary>
/// <param name="source">The body.</param>
/// <param name="byLine">Whether each line is a document of its own.</param>
internal sealed class JsonWindow(Stream source, bool byLine) : IDisposable
{
    private const int FirstBytes = 16 * 1024;

    /// <summary>Kept free in front, so that something short can be put in the place of something long.</summary>
    private const int Headroom = 2;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _start = Headroom;
    private int _end = Headroom;
    private int _searched = Headroom;
    private int _lineEnd = -1;
    private bool _ended;

    /// <summary>Whether nothing follows <see cref="Bytes"/> in this document.</summary>
    public bool IsFinal => _lineEnd >= 0 || _ended;

    /// <summary>How many bytes can be read now.</summary>
    public int Length => (_lineEnd >= 0 ? _lineEnd : _end) - _start;

    /// <summary>What can be read now.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start, Length);

    /// <summary>Passes over bytes.</summary>
    public void Advance(int count) => _start += count;

    /// <summary>Puts an empty string in front of what follows, in the place of one that was passed over.</summary>
    public void PutEmptyString()
    {
        _start -= Headroom;
        _buffer.AsSpan(_start, Headroom).Fill((byte)'"');
    }

    /// <summary>Reads on until there is half as much again as there was: what looks at the same bytes a second time stays in
    /// proportion, also when they come one by one.</summary>
    /// <returns>False when nothing follows.</returns>
    public async ValueTask<bool> ReadMoreAsync(CancellationToken cancellationToken)
    {
        if (IsFinal)
        {
            return false;
        }

        for (var wanted = (Length * 3 / 2) + 1; !IsFinal && Length < wanted; )
        {
            MakeRoom();
            var read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _ended = read == 0;
            _end += read;
            FindLine();
        }

        return true;
    }

    /// <summary>Goes to the next line that is not blank. The line before must have been read, or is passed over.</summary>
    /// <returns>False at the end of the body.</returns>
    public async ValueTask<bool> MoveToLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _start += Length - Bytes.TrimStart(" \t\r\n"u8).Length;
            if (Length > 0)
            {
                return true;
            }

            if (_lineEnd >= 0)
            {
                EndLine();
            }
            else if (!await ReadMoreAsync(cancellationToken))
            {
                return false;
            }
        }
    }

    /// <summary>Passes over the rest of the line.</summary>
    public async ValueTask SkipLineAsync(CancellationToken cancellationToken)
    {
        while (!IsFinal)
        {
            _start = _end;
            await ReadMoreAsync(cancellationToken);
        }

        if (_lineEnd >= 0)
        {
            EndLine();
        }
        else
        {
            _start = _end;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void EndLine()
    {
        _start = _searched = _lineEnd + 1;
        _lineEnd = -1;
        FindLine();
    }

    private void FindLine()
    {
        if (byLine && _lineEnd < 0)
        {
            var found = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            _lineEnd = found < 0 ? -1 : _searched + found;
            _searched = found < 0 ? _end : _searched;
        }
    }

    private void MakeRoom()
    {
        var length = _end - _start;
        if (_buffer.Length - _end >= FirstBytes / 4)
        {
            return;
        }

        var buffer = _buffer;
        // Small again after something long, so that a body of many lines does not keep what one of them needed.
        if (length > buffer.Length / 2 || buffer.Length > 8 * Math.Max(length, FirstBytes))
        {
            buffer = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, length * 2));
        }

        _buffer.AsSpan(_start, length).CopyTo(buffer.AsSpan(Headroom));
        if (buffer != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = buffer;
        }

        (_start, _end, _searched) = (Headroom, Headroom + length, Math.Max(Headroom, _searched - _start + Headroom));
    }
}
