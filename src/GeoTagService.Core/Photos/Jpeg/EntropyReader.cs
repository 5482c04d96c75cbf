using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>How a block of coefficients was read.</summary>
internal enum BlockResult
{
    /// <summary>It is whole.</summary>
    Whole,

    /// <summary>The data ended within it.</summary>
    Truncated,

    /// <summary>It holds a code or a position that cannot be.</summary>
    Damaged,
}

/// <summary>Reads Huffman-coded blocks of a baseline scan. Points into pinned memory and never reads outside of it.</summary>
internal unsafe struct EntropyReader(byte* position, byte* end)
{
    private const int BlockSize = 64;

    private byte* _position = position;
    private readonly byte* _end = end;
    private ulong _bits;
    private int _count;
    private bool _ended;

    private static ReadOnlySpan<byte> NaturalOrder =>
        [
            0,
            1,
            8,
            16,
            9,
            2,
            3,
            10,
            17,
            24,
            32,
            25,
            18,
            11,
            4,
            5,
            12,
            19,
            26,
            33,
            40,
            48,
            41,
            34,
            27,
            20,
            13,
            6,
            7,
            14,
            21,
            28,
            35,
            42,
            49,
            56,
            57,
            50,
            43,
            36,
            29,
            22,
            15,
            23,
            30,
            37,
            44,
            51,
            58,
            59,
            52,
            45,
            38,
            31,
            39,
            46,
            53,
            60,
            61,
            54,
            47,
            55,
            62,
            63,
        ];

    /// <summary>Reads one block.</summary>
    /// <param name="dc">Table of the first coefficient.</param>
    /// <param name="ac">Table of the others.</param>
    /// <param name="quantization">64 factors in zigzag order.</param>
    /// <param name="coefficients">64 numbers, zero at the start; receives the coefficients row by row.</param>
    /// <param name="prediction">The component's last first coefficient.</param>
    /// <param name="last">Zigzag index of the last coefficient that is not zero.</param>
    public BlockResult ReadBlock(HuffmanTable dc, HuffmanTable ac, int* quantization, int* coefficients, ref int prediction, out int last)
    {
        last = 0;
        Refill();
        var size = ReadSymbol(dc);
        if (size is < 0 or > 15)
        {
            return _count < 0 ? BlockResult.Truncated : BlockResult.Damaged;
        }

        if (size > 0)
        {
            prediction += HuffmanTable.Extend(Take(size), size);
        }

        coefficients[0] = (short)prediction * quantization[0];
        ref var order = ref MemoryMarshal.GetReference(NaturalOrder);
        ref var values = ref MemoryMarshal.GetArrayDataReference(ac.ValueLookup);
        var k = 1;
        while (k < BlockSize)
        {
            if (_count < 32)
            {
                Refill();
            }

            int entry = Unsafe.Add(ref values, (nint)(_bits >> (64 - HuffmanTable.LookupBits)));
            int value;
            if (entry != 0)
            {
                Skip(entry & 15);
                k += (entry >> 4) & 15;
                value = entry >> 8;
            }
            else
            {
                var symbol = ReadSymbol(ac);
                if (symbol < 0)
                {
                    return _count < 0 ? BlockResult.Truncated : BlockResult.Damaged;
                }

                size = symbol & 15;
                if (size == 0)
                {
                    if (symbol != 0xF0)
                    {
                        break;
                    }

                    k += 16;
                    continue;
                }

                k += symbol >> 4;
                value = HuffmanTable.Extend(Take(size), size);
            }

            if (k >= BlockSize)
            {
                return _count < 0 ? BlockResult.Truncated : BlockResult.Damaged;
            }

            coefficients[Unsafe.Add(ref order, k)] = value * quantization[k];
            last = k++;
        }

        return _count < 0 ? BlockResult.Truncated : BlockResult.Whole;
    }

    /// <summary>Passes the restart marker that stands next.</summary>
    /// <param name="number">Its number, 0..7.</param>
    public BlockResult PassRestart(int number)
    {
        // Whole bytes that were taken in advance belong to the data before the marker: padding only.
        if (!_ended)
        {
            Refill();
        }

        if (!_ended || _position + 1 >= _end)
        {
            return _ended ? BlockResult.Truncated : BlockResult.Damaged;
        }

        while (_position + 1 < _end && _position[1] == 0xFF)
        {
            _position++;
        }

        if (_position + 1 >= _end || _position[1] == 0xD9)
        {
            return BlockResult.Truncated;
        }

        if (_position[1] != 0xD0 + number)
        {
            return BlockResult.Damaged;
        }

        _position += 2;
        _bits = 0;
        _count = 0;
        _ended = false;
        return BlockResult.Whole;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Skip(int bits)
    {
        _bits <<= bits;
        _count -= bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Take(int bits)
    {
        var value = (int)(_bits >> (64 - bits));
        Skip(bits);
        return value;
    }

    // −1 when no code matches.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadSymbol(HuffmanTable table)
    {
        int entry = table.Lookup[(int)(_bits >> (64 - HuffmanTable.LookupBits))];
        if (entry != 0)
        {
            Skip(entry & 255);
            return entry >> 8;
        }

        var symbol = table.Search((int)(_bits >> 48), out var length);
        Skip(length);
        return length == 0 ? -1 : symbol;
    }

    // Fills up to more than 56 bits. Zeros stand in for what lies behind the end; the count goes below zero when they are taken.
    private void Refill()
    {
        if (_ended)
        {
            return;
        }

        if (_end - _position >= 8)
        {
            var next = BinaryPrimitives.ReadUInt64BigEndian(new ReadOnlySpan<byte>(_position, 8));

            // A byte of ones is one that is zero in the complement: the usual test for a zero byte.
            var complement = ~next;
            if (((complement - 0x0101010101010101UL) & ~complement & 0x8080808080808080UL) == 0)
            {
                _bits |= next >> _count;
                var taken = (63 - _count) >> 3;
                _position += taken;
                _count += taken * 8;
                return;
            }
        }

        while (_count <= 56)
        {
            if (_position >= _end)
            {
                _ended = true;
                return;
            }

            var value = *_position;
            if (value == 0xFF)
            {
                if (_position + 1 >= _end || _position[1] != 0)
                {
                    _ended = true;
                    return;
                }

                _position++;
            }

            _position++;
            _bits |= (ulong)value << (56 - _count);
            _count += 8;
        }
    }
}
