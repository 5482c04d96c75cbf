using System.Buffers.Binary;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Fuzz;

/// <summary>Changes archives at random, with a liking for the fields that hold sizes, offsets and opcodes.</summary>
internal sealed class ArchiveMutator(int seed)
{
    private static readonly long[] Boundaries =
    [
        0,
        1,
        -1,
        0x7F,
        0x80,
        0xFF,
        0x7FFF,
        0xFFFF,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        long.MaxValue,
        long.MinValue,
    ];

    private static readonly byte[] Opcodes = [.. "(.GJKMNQRXabcehjqrstu}])"u8, 0x80, 0x81, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x93, 0x94, 0x95];

    private readonly Random _random = new(seed);

    /// <summary>A mutation of one archive, or a cross of two.</summary>
    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        if (_random.Next(2) == 0)
        {
            return Mutate(corpus[_random.Next(corpus.Count)], corpus);
        }

        // In an archive that is right but for its pickle, which no checksum then protects from us.
        var pickles = corpus.Where(input => input is [0x80, ..]).ToList();
        var pickle = Mutate(pickles[_random.Next(pickles.Count)], pickles);
        return Wrap(pickle);
    }

    /// <summary>A pickle in an archive with two storages.</summary>
    public static byte[] Wrap(byte[] pickle) =>
        new ZipBuilder().Add("a/data.pkl", pickle).Add("a/data/0", new byte[48]).Add("a/data/1", new byte[8]).ToArray();

    private byte[] Mutate(byte[] input, IReadOnlyList<byte[]> corpus)
    {
        var bytes = (byte[])input.Clone();
        for (var changes = 1 + _random.Next(6); changes > 0 && bytes.Length > 0; changes--)
        {
            bytes = Change(bytes, corpus);
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes, IReadOnlyList<byte[]> corpus)
    {
        var at = _random.Next(bytes.Length);
        switch (_random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 2:
                bytes[at] = Opcodes[_random.Next(Opcodes.Length)];
                return bytes;
            case 3:
                var field = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(field, Boundaries[_random.Next(Boundaries.Length)] + _random.Next(-1, 2));
                field.AsSpan(0, Math.Min(1 << _random.Next(4), bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(bytes.Length, at + 1 + _random.Next(64)))];
            case 6:
                var length = Math.Min(bytes.Length - at, 1 + _random.Next(128));
                var target = _random.Next(bytes.Length);
                return [.. bytes.AsSpan(0, target), .. bytes.AsSpan(at, length), .. bytes.AsSpan(target)];
            case 7:
                var other = corpus[_random.Next(corpus.Count)];
                var from = _random.Next(other.Length);
                return
                [
                    .. bytes.AsSpan(0, at),
                    .. other.AsSpan(from, Math.Min(other.Length - from, _random.Next(256))),
                    .. bytes.AsSpan(at),
                ];
            default:
                // Digits of a JSON header or a storage key.
                var digit = Array.FindIndex(bytes, at, value => char.IsAsciiDigit((char)value));
                if (digit >= 0)
                {
                    bytes[digit] = (byte)('0' + _random.Next(10));
                }

                return bytes;
        }
    }
}
