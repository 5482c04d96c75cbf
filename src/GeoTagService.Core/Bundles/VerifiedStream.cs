using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Core.Bundles;

/// <summary>Forward reading that ends with a <see cref="BundleException"/> where what was read is not what the manifest says:
/// whoever reads to the end has the right bytes or none.</summary>
internal sealed class VerifiedStream(Stream source, BundleFile expected) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _read;
    private bool _verified;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => expected.Bytes;

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = source.Read(buffer);
        if (count > 0)
        {
            _hash.AppendData(buffer[..count]);
            _read += count;
        }
        else if (buffer.Length > 0 && !_verified)
        {
            _verified = true;
            var digest = Convert.ToHexStringLower(_hash.GetHashAndReset());
            if (_read != expected.Bytes || digest != expected.Sha256)
            {
                throw new BundleException(
                    $"{expected.Path} was changed after it was verified: it has {_read} bytes and SHA-256 {digest}, "
                        + $"{BundleManifest.FileName} says {expected.Bytes} and {expected.Sha256}"
                );
            }
        }

        return count;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Reads a file through a descriptor that others read through, too; leaves it open.</summary>
internal sealed class DescriptorStream(SafeFileHandle file) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => RandomAccess.GetLength(file);

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = RandomAccess.Read(file, buffer, _position);
        _position += count;
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        _position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => Length + offset,
        };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
