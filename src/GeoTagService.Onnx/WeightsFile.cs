using System.Buffers;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Onnx;

/// <summary>
/// One file of weights in the memory of this process: each large tensor for itself, the others together. They are copied at once
/// (<see cref="Copy"/>), or large ones are mapped until they were packed, and what is still read then is copied
/// (<see cref="Map"/>, <see cref="Settle"/>).
/// </summary>
internal sealed class WeightsFile : IDisposable
{
    /// <summary>Smaller ones are kept together: they are not worth asking whether anybody reads them.</summary>
    private const long LargeTensor = 256 << 10;
    private const int Alignment = 64;
    private const int ReadSize = 4 << 20;

    private readonly Bundle _bundle;
    private readonly string _path;
    private readonly List<ExternalTensor> _tensors;
    private readonly WeightMemory _small;

    // A stretch for each large tensor, null for the others.
    private readonly WeightMemory?[] _large;
    private readonly nint[] _places;
    private readonly SafeFileHandle? _descriptor;
    private bool[] _isMapped = [];
    private bool _isReleasable;

    /// <summary>Takes the memory; nothing is read yet.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="path">The file, as the bundle lists it.</param>
    /// <param name="tensors">Its tensors, by offset, all of them inside of it.</param>
    public WeightsFile(Bundle bundle, string path, List<ExternalTensor> tensors)
    {
        _bundle = bundle;
        _path = path;
        _tensors = tensors;
        _places = new nint[tensors.Count];
        _large = new WeightMemory?[tensors.Count];
        _descriptor = WeightMemory.Keep(bundle.OpenHandle(path));
        _small = WeightMemory.Take(
            0,
            tensors.Where(tensor => tensor.Length < LargeTensor).Sum(tensor => Aligned(tensor.Length)) + Alignment
        );
        var next = _small.Address;
        for (var i = 0; i < _places.Length; i++)
        {
            if (tensors[i].Length < LargeTensor)
            {
                _places[i] = next;
                next += (nint)Aligned(tensors[i].Length);
            }
            else
            {
                var memory = WeightMemory.Take(tensors[i].Offset, tensors[i].Length);
                _large[i] = memory;
                _places[i] = memory.Address;
            }
        }
    }

    /// <summary>Whether large tensors are read from the file itself, so far.</summary>
    public bool IsMapped => _isMapped.Length > 0;

    /// <summary>The tensors and where they are.</summary>
    public IEnumerable<(ExternalTensor Tensor, nint Place)> Tensors => _tensors.Zip(_places);

    /// <summary>Reads the file from beginning to end, whereby it is found out whether it is what was verified.</summary>
    /// <exception cref="BundleException">It is not.</exception>
    public void Copy()
    {
        ReadThrough((i, at, bytes) => bytes.CopyTo(Part(i, at, bytes.Length)));
        Seal();
        _isReleasable = _descriptor is not null;
    }

    /// <summary>Maps the large tensors, and reads the others. Whether the file is what was verified is found out by
    /// <see cref="Settle"/>.</summary>
    /// <returns>False where that cannot be done: nothing was read.</returns>
    /// <exception cref="BundleException">The file is shorter than it was.</exception>
    public bool Map()
    {
        if (_descriptor is null)
        {
            return false;
        }

        // Whoever reads a mapped page beyond the end of its file is ended by the system.
        RequireLength();
        if (!Array.TrueForAll(_large, memory => memory is null || memory.LetGo(_descriptor)))
        {
            Array.ForEach(_large, memory => memory?.TakeBack());
            return false;
        }

        for (var i = 0; i < _tensors.Count; i++)
        {
            if (_large[i] is null)
            {
                Read(_tensors[i].Offset, Part(i, 0, (int)_tensors[i].Length));
            }
        }

        _isMapped = [.. _large.Select(memory => memory is not null)];
        return true;
    }

    /// <summary>Has what was read of the mapped file leave memory.</summary>
    public void Forget()
    {
        for (var i = 0; i < _isMapped.Length; i++)
        {
            if (_isMapped[i])
            {
                _large[i]!.Forget();
            }
        }
    }

    /// <summary>Copies those mapped tensors that were read since they were forgotten, and finds out whether the file still
    /// is what was verified, all of it, so that what was made of it is right.</summary>
    /// <param name="all">Copies all of them.</param>
    /// <returns>Bytes that were not copied.</returns>
    /// <exception cref="BundleException">It is not.</exception>
    public long Settle(bool all)
    {
        if (!IsMapped)
        {
            return 0;
        }

        var left = 0L;
        for (var i = 0; i < _isMapped.Length; i++)
        {
            if (_large[i] is not { } memory)
            {
                continue;
            }

            _isMapped[i] = !all && !memory.WasRead();
            if (_isMapped[i])
            {
                left += memory.Length;
            }
            else
            {
                memory.TakeBack();
            }
        }

        ReadThrough(
            (i, at, bytes) =>
            {
                if (_large[i] is null)
                {
                    if (!bytes.SequenceEqual(Part(i, at, bytes.Length)))
                    {
                        throw new BundleException($"{_path} was changed while it was loaded");
                    }
                }
                else if (!_isMapped[i])
                {
                    bytes.CopyTo(Part(i, at, bytes.Length));
                }
            }
        );
        Seal();
        _isMapped = [];
        return left;
    }

    /// <summary>The copies of large tensors of which nothing is among what was used are exchanged for the file.</summary>
    /// <param name="used">The first pages of the stretches that were used.</param>
    /// <returns>Bytes let go of.</returns>
    public long LetGoOfAllBut(HashSet<nint> used)
    {
        var bytes = 0L;
        if (_isReleasable)
        {
            foreach (var memory in _large)
            {
                if (memory is not null && !used.Contains(memory.Start) && memory.LetGo(_descriptor!))
                {
                    bytes += memory.Length;
                }
            }
        }

        _isReleasable = false;
        return bytes;
    }

    /// <summary>Whether there are copies that <see cref="LetGoOfAllBut"/> might exchange.</summary>
    public bool IsReleasable => _isReleasable;

    public void Dispose()
    {
        _small.Dispose();
        Array.ForEach(_large, memory => memory?.Dispose());
        _descriptor?.Dispose();
    }

    private void Seal()
    {
        _small.Seal();
        Array.ForEach(_large, memory => memory?.Seal());
    }

    private void RequireLength()
    {
        var expected = _bundle.Manifest.Files.First(file => file.Path == _path).Bytes;
        var length = RandomAccess.GetLength(_descriptor!);
        if (length < expected)
        {
            throw new BundleException(
                $"{_path} was changed after it was verified: it has {length} bytes, {BundleManifest.FileName} says {expected}"
            );
        }
    }

    private void Read(long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = RandomAccess.Read(_descriptor!, bytes, offset);
            if (count == 0)
            {
                throw new BundleException($"{_path} was changed while it was loaded: it ends at {offset} bytes");
            }

            bytes = bytes[count..];
            offset += count;
        }
    }

    private unsafe Span<byte> Part(int tensor, long at, int length) => new((byte*)_places[tensor] + at, length);

    /// <summary>Reads the file from beginning to end, where the stream finds out whether this is what was verified.</summary>
    /// <param name="take">Takes a part of a tensor: its number, where the part begins in it, the bytes.</param>
    private void ReadThrough(TakePart take)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        try
        {
            using var stream = _bundle.OpenRead(_path);
            var (begin, first) = (0L, 0);
            int count;
            while ((count = stream.Read(buffer)) > 0)
            {
                var end = begin + count;
                while (first < _tensors.Count && _tensors[first].Offset + _tensors[first].Length <= begin)
                {
                    first++;
                }

                for (var i = first; i < _tensors.Count && _tensors[i].Offset < end; i++)
                {
                    var tensor = _tensors[i];
                    var from = Math.Max(begin, tensor.Offset);
                    var to = Math.Min(end, tensor.Offset + tensor.Length);
                    if (to > from)
                    {
                        take(i, from - tensor.Offset, buffer.AsSpan((int)(from - begin), (int)(to - from)));
                    }
                }

                begin = end;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static long Aligned(long length) => (length + Alignment - 1) / Alignment * Alignment;

    private delegate void TakePart(int tensor, long at, ReadOnlySpan<byte> bytes);
}
