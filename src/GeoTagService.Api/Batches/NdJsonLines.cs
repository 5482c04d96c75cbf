using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using GeoTagService.Core;

namespace GeoTagService.Api.Batches;

/// <summary>A line of NDJSON.</summary>
/// <param name="Bytes">The line without its end, valid until the next one is asked for; empty when it was refused.</param>
/// <param name="Share">The memory that a long line was given, for the receiver to dispose; null for a short one.</param>
/// <param name="TooLong">Whether it passed the limit; the rest of it was skipped.</param>
/// <param name="Refusal">Why there was no memory for it, or null; the rest of it was skipped.</param>
internal readonly record struct NdJsonLine(
    ReadOnlyMemory<byte> Bytes, RateLimitLease? Share = null, bool TooLong = false, TaggingError? Refusal = null);

/// <summary>
/// Splits a stream into lines with one small buffer. A line that does not fit asks for memory first, and the buffer is
/// small again after it.
/// </summary>
internal sealed class NdJsonLines(
    Stream source,
    long maxLineBytes,
    Func<CancellationToken, ValueTask<Outcome<RateLimitLease>>> takeLarge) : IDisposable
{
    /// <summary>Lines up to here need no memory of their own.</summary>
    public const int SmallLineBytes = 256 * 1024;

    /// <summary>Bytes read at once, so that little of the next line comes in behind a long one.</summary>
    private const int ReadBytes = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
    private RateLimitLease? _share;
    private TaggingError? _refusal;
    private int _start;
    private int _searched;
    private int _end;
    private bool _skipping;

    /// <summary>Reads the lines that are not blank.</summary>
    public async IAsyncEnumerable<NdJsonLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            while (NextNewline() is var newline && newline >= 0)
            {
                var line = Finish(_start, newline);
                _start = _searched = newline + 1;
                if (line is { } complete)
                {
                    yield return complete;
                }
            }

            await MakeRoomAsync(cancellationToken);
            var room = Math.Min(ReadBytes, _buffer.Length - _end);
            var read = await source.ReadAsync(_buffer.AsMemory(_end, room), cancellationToken);
            if (read == 0)
            {
                if (Finish(_start, _end) is { } last)
                {
                    yield return last;
                }

                yield break;
            }

            _end += read;
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

        _share?.Dispose();
        _share = null;
    }

    private int NextNewline()
    {
        var found = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (found >= 0)
        {
            return _searched + found;
        }

        _searched = _end;
        return -1;
    }

    private NdJsonLine? Finish(int start, int end)
    {
        if (_skipping)
        {
            var refusal = _refusal;
            (_skipping, _refusal) = (false, null);
            return new NdJsonLine(default, TooLong: refusal is null, Refusal: refusal);
        }

        var line = _buffer.AsMemory(start, end - start).Trim(" \t\r"u8);
        var share = _share;
        _share = null;
        if (!line.IsEmpty && line.Length <= maxLineBytes)
        {
            return new NdJsonLine(line, share);
        }

        share?.Dispose();
        return line.IsEmpty ? null : new NdJsonLine(default, TooLong: true);
    }

    /// <summary>Moves what is left to the front of a buffer that has room. Asks for memory before it grows past a small
    /// line; without memory, or past the limit, the line is skipped to its end.</summary>
    private async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        var length = _end - _start;
        if (!_skipping && length > maxLineBytes)
        {
            _skipping = true;
        }
        else if (!_skipping && length >= SmallLineBytes && _share is null)
        {
            var share = await takeLarge(cancellationToken);
            (_share, _refusal) = (share.Value, share.Error);
            _skipping = !share.IsSuccess;
        }

        if (_skipping)
        {
            _share?.Dispose();
            _share = null;
            (_start, length) = (_end, 0);
        }

        var wanted = length + ReadBytes <= ReadBytes * 2 ? ReadBytes * 2 : Math.Max(length * 2, SmallLineBytes + ReadBytes);
        if (_buffer.Length < length + ReadBytes || _buffer.Length > wanted * 4)
        {
            var other = ArrayPool<byte>.Shared.Rent(wanted);
            _buffer.AsSpan(_start, length).CopyTo(other);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = other;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, length).CopyTo(_buffer);
        }

        (_start, _end, _searched) = (0, length, length);
    }
}
