using System.Buffers.Binary;

namespace GeoTagService.Core.Photos.Containers;

/// <summary>Walks Photoshop's resources, as a PSD file and a JPEG's segment hold them. One that claims more than there is ends the walk;
/// nothing is copied.</summary>
internal ref struct PhotoshopResources(ReadOnlySpan<byte> resources)
{
    /// <summary>IPTC's records.</summary>
    public const ushort Iptc = 1028;

    /// <summary>An EXIF block.</summary>
    public const ushort Exif = 1058;

    /// <summary>An XMP packet.</summary>
    public const ushort Xmp = 1060;

    private const int MostResources = 1024;
    private const int SignatureBytes = 4;
    private const int NameAt = SignatureBytes + 2;

    private ReadOnlySpan<byte> _rest = resources;
    private int _resources;

    /// <summary>What the resource is.</summary>
    public ushort Id { get; private set; }

    /// <summary>What it holds.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Goes to the next resource.</summary>
    public bool MoveNext()
    {
        if (_resources++ == MostResources || _rest.Length <= NameAt || !_rest.StartsWith("8BIM"u8))
        {
            return false;
        }

        Id = BinaryPrimitives.ReadUInt16BigEndian(_rest[SignatureBytes..]);

        // A name of a length byte and letters, both together even.
        var sizeAt = NameAt + ((_rest[NameAt] + 2) & ~1);
        if (_rest.Length < sizeAt + 4)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt32BigEndian(_rest[sizeAt..]);
        var body = _rest[(sizeAt + 4)..];
        if (size > body.Length)
        {
            return false;
        }

        Body = body[..(int)size];
        _rest = body[(int)Math.Min(size + (size & 1), (uint)body.Length)..];
        return true;
    }

    /// <summary>The first resource of a kind; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> resources, ushort id)
    {
        for (var walk = new PhotoshopResources(resources); walk.MoveNext(); )
        {
            if (walk.Id == id)
            {
                return walk.Body;
            }
        }

        return [];
    }

    /// <summary>The resources of a PSD file; empty where there are none.</summary>
    public static ReadOnlySpan<byte> OfFile(ReadOnlySpan<byte> file)
    {
        const int HeaderBytes = 26;
        if (file.Length < HeaderBytes + 4 || !file.StartsWith("8BPS"u8))
        {
            return [];
        }

        var colours = BinaryPrimitives.ReadUInt32BigEndian(file[HeaderBytes..]);
        var rest = file[(HeaderBytes + 4)..];
        if (colours > rest.Length || rest.Length - (int)colours < 4)
        {
            return [];
        }

        var size = BinaryPrimitives.ReadUInt32BigEndian(rest[(int)colours..]);
        var resources = rest[((int)colours + 4)..];
        return resources[..(int)Math.Min(size, (uint)resources.Length)];
    }
}
