using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Testing;

/// <summary>Writes and finds boxes of ISO containers: JPEG XL, JPEG 2000, CR3.</summary>
public static class IsoFiles
{
    private const int HeaderBytes = 8;

    /// <summary>A box.</summary>
    /// <param name="type">Four letters.</param>
    /// <param name="body">What it holds.</param>
    public static byte[] Box(string type, params ReadOnlySpan<byte> body)
    {
        var box = new byte[HeaderBytes + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        Encoding.ASCII.GetBytes(type, box.AsSpan(4));
        body.CopyTo(box.AsSpan(HeaderBytes));
        return box;
    }

    /// <summary>Where the first box of a type begins.</summary>
    public static int Start(ReadOnlySpan<byte> boxes, string type)
    {
        for (var at = 0; at < boxes.Length; at += BinaryPrimitives.ReadInt32BigEndian(boxes[at..]))
        {
            if (Encoding.ASCII.GetString(boxes.Slice(at + 4, 4)) == type)
            {
                return at;
            }
        }

        throw new ArgumentException($"There is no box {type}.", nameof(type));
    }

    /// <summary>What the first box of a type holds.</summary>
    public static byte[] Find(ReadOnlySpan<byte> boxes, string type)
    {
        var at = Start(boxes, type);
        return boxes.Slice(at + HeaderBytes, BinaryPrimitives.ReadInt32BigEndian(boxes[at..]) - HeaderBytes).ToArray();
    }
}
