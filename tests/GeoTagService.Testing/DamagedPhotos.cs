using System.Buffers.Binary;

namespace GeoTagService.Testing;

/// <summary>
/// Makes damaged photos of whole ones: cut at every structural point of their format, one byte changed at and behind each, stray
/// bytes put in there.
/// </summary>
public static class DamagedPhotos
{
    /// <summary>A damaged photo.</summary>
    /// <param name="Name">What was done to it, and where.</param>
    /// <param name="Bytes">The file.</param>
    /// <param name="IsCut">Whether its end is missing.</param>
    public sealed record Damaged(string Name, byte[] Bytes, bool IsCut);

    /// <summary>Every cut, change and stray byte.</summary>
    /// <param name="photo">A whole file.</param>
    public static IEnumerable<Damaged> Of(byte[] photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        foreach (var at in Points(photo))
        {
            foreach (var length in new[] { at, at + 1, at + 3 }.Where(length => length > 0 && length < photo.Length))
            {
                yield return new Damaged($"cut at {length}", photo[..length], IsCut: true);
            }

            foreach (var offset in new[] { 0, 1, 2, 3, 5, 8, 12 }.Where(offset => at + offset < photo.Length))
            {
                foreach (var change in (byte[])[0x01, 0x80, 0xFF])
                {
                    var changed = photo.ToArray();
                    changed[at + offset] ^= change;
                    yield return new Damaged($"changed at {at + offset} by {change:x2}", changed, IsCut: false);
                }
            }

            foreach (
                var stray in (byte[][])
                    [
                        [0x00],
                        [0xFF],
                        [0xFF, 0xD9],
                        [0x00, 0x00, 0x00, 0x00, 0x55],
                    ]
            )
            {
                byte[] longer = [.. photo[..at], .. stray, .. photo[at..]];
                yield return new Damaged($"stray {Convert.ToHexString(stray)} at {at}", longer, IsCut: false);
                if (longer.Length > 64)
                {
                    // What once ended a process: data behind a stray byte that ends early.
                    yield return new Damaged(
                        $"stray {Convert.ToHexString(stray)} at {at}, cut",
                        longer[..^(longer.Length / 4)],
                        IsCut: true
                    );
                }
            }
        }
    }

    /// <summary>Where the parts of a file begin.</summary>
    /// <param name="photo">A whole file of any format.</param>
    public static IReadOnlyList<int> Points(byte[] photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        var points = photo switch
        {
            [0xFF, 0xD8, ..] => JpegPoints(photo),
            [0x89, ..] => Chunks(photo, first: 8, lengthAt: 0, headLength: 12, isBigEndian: true, alignment: 1),
            [(byte)'R', ..] => Chunks(photo, first: 12, lengthAt: 4, headLength: 8, isBigEndian: false, alignment: 2),
            [(byte)'G', ..] => GifPoints(photo),
            [0, 0, 0, ..] => BoxPoints(photo, 0, photo.Length, depth: 0),
            _ => [2, 14, 18, 26, 28, 30, 46, 54, 58],
        };
        return
        [
            .. points
                .Append(photo.Length / 2)
                .Append(photo.Length - 9)
                .Append(photo.Length - 2)
                .Where(at => at >= 0 && at < photo.Length)
                .Distinct()
                .Order(),
        ];
    }

    private static List<int> JpegPoints(byte[] photo)
    {
        var points = new List<int>();
        for (var at = 2; at + 4 <= photo.Length; )
        {
            if (photo[at] != 0xFF || photo[at + 1] is 0 or 0xFF or (>= 0xD0 and <= 0xD7))
            {
                at++;
                continue;
            }

            points.Add(at);
            at += photo[at + 1] == 0xD9 ? 2 : 2 + BinaryPrimitives.ReadUInt16BigEndian(photo.AsSpan(at + 2));
            points.Add(at);
        }

        return points;
    }

    private static List<int> Chunks(byte[] photo, int first, int lengthAt, int headLength, bool isBigEndian, int alignment)
    {
        var points = new List<int> { first / 2 };
        for (var at = first; at + 8 <= photo.Length; )
        {
            points.Add(at);
            points.Add(at + 8);
            var length = isBigEndian
                ? BinaryPrimitives.ReadInt32BigEndian(photo.AsSpan(at + lengthAt))
                : BinaryPrimitives.ReadInt32LittleEndian(photo.AsSpan(at + lengthAt));
            points.Add(at + 8 + (length / 2));
            at += headLength + ((length + alignment - 1) / alignment * alignment);
        }

        return points;
    }

    // Boxes hold boxes; those of metadata begin with four bytes of a version.
    private static List<int> BoxPoints(byte[] photo, int from, int to, int depth)
    {
        var points = new List<int>();
        for (var at = from; at + 8 <= to; )
        {
            points.Add(at);
            points.Add(at + 8);
            var length = BinaryPrimitives.ReadInt32BigEndian(photo.AsSpan(at));
            var end = length < 8 || length > to - at ? to : at + length;
            var type = System.Text.Encoding.ASCII.GetString(photo, at + 4, 4);
            if (depth < 3 && type is "meta" or "iprp" or "ipco" or "jp2h")
            {
                points.AddRange(BoxPoints(photo, at + (type == "meta" ? 12 : 8), end, depth + 1));
            }

            at = end;
        }

        return points;
    }

    private static List<int> GifPoints(byte[] photo)
    {
        var points = new List<int> { 6, 10, 13 };
        var at = 13 + PaletteLength(photo[10]);
        while (at + 10 <= photo.Length && photo[at] is 0x21 or 0x2C)
        {
            points.Add(at);
            at += photo[at] == 0x21 ? 2 : 11 + PaletteLength(photo[at + 9]);
            points.Add(at);
            while (at < photo.Length && photo[at] != 0)
            {
                at += 1 + photo[at];
                points.Add(at);
            }

            at++;
        }

        return points;

        static int PaletteLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 * (2 << (flags & 7));
    }
}
