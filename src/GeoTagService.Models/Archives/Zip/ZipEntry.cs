namespace GeoTagService.Models.Archives.Zip;

/// <summary>An entry as the central directory describes it, checked against its local header.</summary>
/// <param name="Name">Name, with forward slashes; never absolute, never with a <c>..</c>.</param>
/// <param name="IsDeflated">Packed, or stored as it is.</param>
/// <param name="Crc32">Checksum of the unpacked bytes.</param>
/// <param name="PackedLength">Bytes in the file.</param>
/// <param name="Length">Bytes when unpacked.</param>
/// <param name="DataOffset">Where the bytes begin in the file.</param>
internal sealed record ZipEntry(string Name, bool IsDeflated, uint Crc32, long PackedLength, long Length, long DataOffset);
