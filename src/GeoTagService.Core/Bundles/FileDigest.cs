using System.Security.Cryptography;

namespace GeoTagService.Core.Bundles;

/// <summary>SHA-256 as bundles write it: 64 lower-case hexadecimal digits.</summary>
public static class FileDigest
{
    /// <summary>Digest of bytes.</summary>
    public static string Compute(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Digest of what is left of a stream.</summary>
    public static string Compute(Stream stream)
    {
        // Large reads: the default of SHA256.HashData(Stream) is 4 KiB, which costs a system call each.
        const int BufferSize = 1 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Size and digest of a file of a bundle under construction.</summary>
    /// <param name="directory">The bundle's directory.</param>
    /// <param name="path">Relative path with forward slashes.</param>
    public static BundleFile Describe(string directory, string path)
    {
        using var stream = new FileStream(
            Path.Combine(directory, path),
            FileMode.Open,
            FileAccess.Read,
            FileShare.Read,
            0,
            FileOptions.SequentialScan
        );
        return new BundleFile(path, stream.Length, Compute(stream));
    }
}
