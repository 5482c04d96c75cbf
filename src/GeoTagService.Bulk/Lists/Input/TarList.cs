using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>
/// A tar of photos, such as a WebDataset shard: the members of one name, <c>7.jpg</c>, <c>7.txt</c>, <c>7.json</c>, are one
/// item. Nothing is unpacked: of a plain tar only the headers are read, and each photo where it lies; a packed one (.tar.gz) is
/// read from its beginning, and holds each photo in memory while it is tagged.
/// </summary>
internal sealed class TarList : ListSource
{
    private readonly ListColumns _columns;
    private readonly bool _isPacked;
    private readonly Lazy<(string Identity, string? Note, IReadOnlyDictionary<long, TarRepeat>? Repeats)> _scan;
    private FileStream? _file;
    private TarWalk? _walk;
    private ListBookmark _bookmark;
    private double _fraction;

    /// <summary>Opens a tar.</summary>
    /// <param name="path">The file; packed where it begins so, whatever its name says.</param>
    /// <param name="columns">What the members of JSON mean.</param>
    public TarList(string path, ListColumns columns)
    {
        Location = Path.GetFullPath(path);
        _columns = columns;
        if (new FileInfo(path).Length == 0)
        {
            throw new RunFailureException(RunFailure.Request, $"{path} is empty, and no tar: did its copy break off?");
        }

        if (ListInputs.PackedBy(path) is { } packing)
        {
            throw new RunFailureException(RunFailure.Request, $"{path}: {packing}");
        }

        _isPacked = IsGZip(path);
        _scan = new(Scan);
    }

    public override string Location { get; }

    /// <summary>Digest of what the items say, and of the sizes and times of their photos; of a packed tar that of the file. The content
    /// of a photo has a digest of its own when it is read.</summary>
    public override string Identity => _scan.Value.Identity;

    public override string? Note => _scan.Value.Note;

    /// <summary>Of a packed tar nobody knows what is in it before it was read.</summary>
    public override string? Remark => _isPacked ? _walk?.LeftOut : null;

    public override double Fraction => _fraction;

    public override ListBookmark Bookmark => _bookmark;

    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        _walk = new TarWalk(_columns, _scan.Value.Repeats);
        return Read(from, _walk);
    }

    public override void Dispose() => _file?.Dispose();

    private IEnumerable<ListItem> Read(ListBookmark from, TarWalk walk)
    {
        using var file = _file = new FileStream(Location, FileMode.Open, FileAccess.Read, FileShare.Read);
        using var unpacked = _isPacked ? new GZipStream(file, CompressionMode.Decompress) : null;
        if (!_isPacked)
        {
            file.Position = from.Offset;
        }

        var (number, position) = (0L, from.Position);
        foreach (var (start, item) in walk.Items(Location, (Stream?)unpacked ?? file))
        {
            // There is no way into the middle of a packed file: its items are counted.
            if (_isPacked && number < from.Offset)
            {
                number++;
                continue;
            }

            _bookmark = new ListBookmark(position, _isPacked ? number++ : start);
            _fraction = (double)file.Position / file.Length;
            yield return item with
            {
                Position = position++,
            };
        }
    }

    private (string Identity, string? Note, IReadOnlyDictionary<long, TarRepeat>? Repeats) Scan()
    {
        if (_isPacked)
        {
            return (DigestOf(Location), null, null);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var walk = new TarWalk(_columns);
        var items = 0;
        foreach (var item in Read(default, walk))
        {
            items++;
            hash.AppendData(Encoding.UTF8.GetBytes($"{ItemKey.Of(item)} {item.Span?.Length} {item.Span?.Time}\n"));
        }

        if (items == 1 && walk.Damage is { } damage)
        {
            throw new RunFailureException(RunFailure.Request, $"{Location} is no tar that can be read: {damage}");
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), walk.LeftOut, walk.Repeats);
    }

    private static bool IsGZip(string path)
    {
        Span<byte> start = stackalloc byte[2];
        using var file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start is [0x1F, 0x8B];
    }
}
