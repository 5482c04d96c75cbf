using System.Buffers;
using System.Buffers.Text;
using System.Numerics;
using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>
/// The bytes of one photo or field as they come: in pooled pieces, never more than has come so far, and in one piece once they
/// are complete. At most twice its bytes are held, for the moment of joining them. Not safe for several threads.
/// </summary>
/// <param name="limit">Most bytes that are taken.</param>
/// <param name="tooLarge">What is said when there are more.</param>
/// <param name="upload">Whose memory it is, or null for what is small.</param>
internal sealed class UploadBuffer(long limit, TaggingError tooLarge, Upload? upload = null) : IDisposable
{
    private const int FirstPiece = 64 * 1024;

    /// <summary>Up to here a piece is exchanged for one of twice its size; then further pieces follow it.</summary>
    private const int LargestPiece = 1024 * 1024;

    private List<byte[]>? _full;
    private byte[]? _piece;
    private byte[]? _joined;
    private int _filled;
    private bool _disposed;

    /// <summary>The most memory that so many bytes take until they are complete.</summary>
    public static long MemoryFor(long bytes) =>
        bytes < LargestPiece
            ? Math.Max(FirstPiece, (long)BitOperations.RoundUpToPowerOf2((ulong)bytes + 1))
            // The end is noticed when there is room for one byte more.
            : ((bytes / LargestPiece) + 1) * LargestPiece;

    /// <summary>How many bytes were received.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, once they are complete.</summary>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _joined is null ? _piece.AsMemory(0, _filled) : _joined.AsMemory(0, Length);
        }
    }

    /// <summary>Where the next bytes go; see <see cref="MakeRoomAsync"/>.</summary>
    public Memory<byte> Free => _piece.AsMemory(_filled);

    /// <summary>Reads a stream to its end.</summary>
    /// <returns>Why not all of it was taken, or null.</returns>
    public async ValueTask<TaggingError?> FillAsync(Stream source, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await MakeRoomAsync(cancellationToken) is { } noRoom)
            {
                return noRoom;
            }

            var read = await source.ReadAsync(Free, cancellationToken);
            if (read == 0)
            {
                Complete();
                return null;
            }

            if (Advance(read) is { } fault)
            {
                return fault;
            }
        }
    }

    /// <summary>Takes bytes from elsewhere.</summary>
    /// <returns>Why not all of them were taken, or null.</returns>
    public async ValueTask<TaggingError?> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            if (await MakeRoomAsync(cancellationToken) is { } noRoom)
            {
                return noRoom;
            }

            var some = bytes[..Math.Min(bytes.Length, Free.Length)];
            some.CopyTo(Free);
            bytes = bytes[some.Length..];
            if (Advance(some.Length) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Makes <see cref="Free"/> at least one byte long.</summary>
    /// <returns>Why there is no room, or null.</returns>
    public ValueTask<TaggingError?> MakeRoomAsync(CancellationToken cancellationToken) =>
        _piece is null || _filled == _piece.Length ? GrowAsync(cancellationToken) : ValueTask.FromResult<TaggingError?>(null);

    /// <summary>Takes note of bytes that were written to <see cref="Free"/>.</summary>
    /// <returns>The fault when there are more than the limit, or null.</returns>
    public TaggingError? Advance(int bytes)
    {
        _filled += bytes;
        Length += bytes;
        return Length > limit ? tooLarge : null;
    }

    /// <summary>Nothing more comes: the bytes are put in one piece.</summary>
    public void Complete()
    {
        if (_full is not null)
        {
            var joined = GC.AllocateUninitializedArray<byte>(Length);
            var at = 0;
            foreach (var piece in _full)
            {
                piece.CopyTo(joined, at);
                at += piece.Length;
            }

            _piece.AsSpan(0, _filled).CopyTo(joined.AsSpan(at));
            ReturnPieces();
            _joined = joined;
        }

        upload?.Complete(_joined?.Length ?? _piece?.Length ?? 0);
    }

    /// <summary>Puts the bytes that base64 stands for in the place of its text. They must be complete.</summary>
    /// <param name="start">Where the text begins; what stands before it goes.</param>
    /// <returns>Whether it is base64.</returns>
    public bool DecodeBase64(int start)
    {
        var all = (_joined ?? _piece).AsSpan(0, Length);
        if (Base64.DecodeFromUtf8InPlace(all[start..], out var decoded) != OperationStatus.Done)
        {
            return false;
        }

        all.Slice(start, decoded).CopyTo(all);
        Length = decoded;
        _filled = _joined is null ? decoded : _filled;
        return true;
    }

    /// <summary>Gives the bytes up without returning them to the pool, for when somebody may still be reading them.</summary>
    public void Abandon() => (_full, _piece, _joined) = (null, null, null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _joined = null;
        ReturnPieces();
    }

    private async ValueTask<TaggingError?> GrowAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var more = _piece is null ? (int)Math.Min(FirstPiece, limit + 1) : Math.Min(_piece.Length, LargestPiece);
        if (upload is not null && await upload.TakeAsync(more, cancellationToken) is { } noRoom)
        {
            return noRoom;
        }

        if (_piece is null)
        {
            _piece = ArrayPool<byte>.Shared.Rent(more);
        }
        else if (_piece.Length < LargestPiece)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * _piece.Length);
            _piece.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_piece);
            _piece = larger;
        }
        else
        {
            (_full ??= []).Add(_piece);
            _piece = ArrayPool<byte>.Shared.Rent(LargestPiece);
            _filled = 0;
        }

        return null;
    }

    private void ReturnPieces()
    {
        foreach (var piece in _full ?? [])
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        if (_piece is not null)
        {
            ArrayPool<byte>.Shared.Return(_piece);
        }

        (_full, _piece) = (null, null);
    }
}
