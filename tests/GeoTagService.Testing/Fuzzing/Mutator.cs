using System.Buffers.Binary;

namespace GeoTagService.Testing.Fuzzing;

/// <summary>
/// Makes inputs out of a small corpus: each is one of its entries, or two spliced, with a few changes. The same seed and number give the
/// same input, on every machine, so that a finding is two numbers.
/// </summary>
public sealed class Mutator
{
    private const int MostChanges = 8;
    private const int LongestBlock = 64;

    private static readonly ulong[] s_interesting =
    [
        0,
        1,
        0x7F,
        0x80,
        0xFF,
        0x100,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x10000,
        0x7FFFFFFF,
        0x80000000,
        0xFFFFFFFE,
        0xFFFFFFFF,
        0x7FFFFFFFFFFFFFFF,
        ulong.MaxValue,
    ];

    private readonly IReadOnlyList<byte[]> _corpus;
    private readonly IReadOnlyList<byte[]> _words;
    private readonly int _longest;

    /// <summary>Creates it.</summary>
    /// <param name="corpus">Entries, at least one.</param>
    /// <param name="words">What the format's parsers look for; put in here and there.</param>
    /// <param name="longest">Most bytes of an input.</param>
    public Mutator(IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]>? words = null, int longest = 256 * 1024)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentOutOfRangeException.ThrowIfZero(corpus.Count);
        _corpus = corpus;
        _words = words ?? [];
        _longest = longest;
    }

    /// <summary>Makes an input.</summary>
    /// <param name="seed">Of the campaign.</param>
    /// <param name="number">Of the input in it.</param>
    public byte[] Make(int seed, long number)
    {
        var random = new SplitMix(((ulong)(uint)seed << 32) ^ (ulong)number);
        var bytes = new List<byte>(_corpus[random.Next(_corpus.Count)]);
        if (random.Next(8) == 0)
        {
            Splice(bytes, _corpus[random.Next(_corpus.Count)], random);
        }

        for (var changes = 1 + random.Next(1 + random.Next(MostChanges)); changes > 0; changes--)
        {
            Change(bytes, random);
        }

        if (bytes.Count > _longest)
        {
            bytes.RemoveRange(_longest, bytes.Count - _longest);
        }

        return [.. bytes];
    }

    private static void Splice(List<byte> bytes, byte[] other, SplitMix random)
    {
        var cut = random.Next(bytes.Count + 1);
        bytes.RemoveRange(cut, bytes.Count - cut);
        bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
    }

    private void Change(List<byte> bytes, SplitMix random)
    {
        // What says how a file is built lies mostly at its beginning.
        var span = random.Next(2) == 0 ? Math.Min(bytes.Count, 256) : bytes.Count;
        var at = random.Next(span + 1);
        var length = Math.Min(1 + random.Next(LongestBlock), bytes.Count - at);
        switch (random.Next(10))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = (byte)(bytes[at] + random.Next(3) - 1);
                break;
            case 3:
                Overwrite(bytes, at, random);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 6:
                bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), 1 + random.Next(LongestBlock)));
                break;
            case 7:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 8 when _words.Count > 0:
                bytes.InsertRange(at, _words[random.Next(_words.Count)]);
                break;
            case 9 when length > 0:
                var from = random.Next(bytes.Count - length + 1);
                bytes.InsertRange(at, bytes.GetRange(from, length));
                break;
        }
    }

    /// <summary>A number of 1, 2, 4 or 8 bytes that tends to be at the edge of something.</summary>
    private static void Overwrite(List<byte> bytes, int at, SplitMix random)
    {
        var value = s_interesting[random.Next(s_interesting.Length)] + (ulong)random.Next(3) - 1;
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        var size = 1 << random.Next(4);
        var bigEndian = random.Next(2) == 0;
        for (var i = 0; i < size && at + i < bytes.Count; i++)
        {
            bytes[at + i] = number[bigEndian ? size - 1 - i : i];
        }
    }

    /// <summary>Numbers that depend on the seed alone, whatever the runtime's own generator becomes.</summary>
    private sealed class SplitMix(ulong state)
    {
        private ulong _state = state;

        /// <summary>0 .. limit - 1.</summary>
        public int Next(int limit)
        {
            _state += 0x9E3779B97F4A7C15;
            var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return (int)((mixed ^ (mixed >> 31)) % (uint)Math.Max(1, limit));
        }
    }
}
