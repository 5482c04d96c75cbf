using System.Formats.Tar;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Walks through the members of a tar and makes items of those that belong together.</summary>
/// <param name="columns">What the members of JSON mean.</param>
/// <param name="known">Items whose names came before, by where they begin, from a walk through all of it; null where this is one.</param>
internal sealed class TarWalk(ListColumns columns, IReadOnlyDictionary<long, TarRepeat>? known = null)
{
    private const int BlockSize = 512;
    private const long LongestPhoto = 1 << 29;
    private const int KindsShown = 5;
    private const string SparseName = "GNU.sparse.name";

    private readonly HashSet<ulong> _keys = [];
    private readonly HashSet<ulong> _photos = [];
    private readonly Dictionary<long, TarRepeat> _repeats = [];
    private readonly Dictionary<string, int> _leftOut = [];

    /// <summary>Why the walk ended before the tar did, or null.</summary>
    public string? Damage { get; private set; }

    /// <summary>Items whose names came before, by where they begin.</summary>
    public IReadOnlyDictionary<long, TarRepeat> Repeats => known ?? _repeats;

    /// <summary>How many members were left out, and of which kinds; null for none.</summary>
    public string? LeftOut
    {
        get
        {
            var kinds = _leftOut.OrderByDescending(kind => kind.Value).ThenBy(kind => kind.Key, StringComparer.Ordinal).ToList();
            return kinds.Count == 0
                ? null
                : Shown.Of(
                    $"{Counted.Of(kinds.Sum(kind => kind.Value), "member")} left out, because they are neither photos that are read nor .txt or .json: {string.Join(", ", kinds.Take(KindsShown).Select(kind => $"{kind.Value} {(kind.Key.Length > 0 ? kind.Key : "without an ending")}"))}{(kinds.Count > KindsShown ? " …" : "")}"
                );
        }
    }

    /// <summary>The items.</summary>
    /// <param name="path">The file, which photos are read from where the stream can seek.</param>
    /// <param name="stream">The tar; where it cannot seek, photos are read at once.</param>
    /// <returns>Where an item's first header begins, and the item; its position is not known here.</returns>
    public IEnumerable<(long Start, ListItem Item)> Items(string path, Stream stream)
    {
        using var reader = new TarReader(stream, leaveOpen: true);
        var end = stream.CanSeek ? stream.Position : 0;
        TarSample? sample = null;
        while (Next(reader) is { } member)
        {
            var start = end;
            var name = NameOf(member);
            end = stream.CanSeek ? End(member, stream, end) : 0;
            if (!IsWanted(member, name))
            {
                continue;
            }

            var isPhoto = PhotoFile.IsNamedSo(name);
            if (sample is null || !sample.Takes(name, isPhoto))
            {
                if (sample is not null)
                {
                    yield return (sample.Start, sample.ToItem());
                }

                sample = new TarSample(name, start, columns, Before(name, isPhoto, start));
            }

            if (isPhoto && known is null)
            {
                // By its name, and by that without the ending, which tells a further photo from one whose text lies apart.
                _photos.Add(ItemKey.OfId(name));
                _photos.Add(ItemKey.OfId(TarSample.KeyOf(name)));
            }

            if (isPhoto && IsSparse(member))
            {
                sample.RejectPhoto(name, "The photo is stored with holes (tar --sparse), which is not read: pack it without.");
            }
            else if (isPhoto)
            {
                sample.SetPhoto(name, Span(path, stream, member), stream.CanSeek ? null : Content(member, LongestPhoto));
            }
            else
            {
                sample.SetText(name, Content(member, TarSample.LongestText));
            }
        }

        if (sample is not null)
        {
            yield return (sample.Start, sample.ToItem());
        }

        if (Damage is not null)
        {
            var item = new ListItem
            {
                Position = 0,
                Id = $"{Path.GetFileName(path)}, end",
                Fault = new ListFault("malformed", null, $"{path} is damaged: what follows the items before cannot be read ({Damage})"),
            };
            yield return (end, item);
        }
    }

    private TarRepeat Before(string name, bool isPhoto, long start)
    {
        if (known is not null)
        {
            // A run that goes on in the middle has not seen what came before.
            return known.GetValueOrDefault(start);
        }

        var isNew = _keys.Add(ItemKey.OfId(TarSample.KeyOf(name)));
        var before =
            isNew ? TarRepeat.None
            : isPhoto && _photos.Contains(ItemKey.OfId(name)) ? TarRepeat.SameMember
            : isPhoto && _photos.Contains(ItemKey.OfId(TarSample.KeyOf(name))) ? TarRepeat.OtherPhoto
            : TarRepeat.Apart;
        if (before != TarRepeat.None)
        {
            _repeats[start] = before;
        }

        return before;
    }

    private static bool IsSparse(TarEntry member) => member is PaxTarEntry pax && pax.ExtendedAttributes.ContainsKey(SparseName);

    private static string NameOf(TarEntry member)
    {
        var name = IsSparse(member) ? ((PaxTarEntry)member).ExtendedAttributes[SparseName] : member.Name;
        return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
    }

    private TarEntry? Next(TarReader reader)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or FormatException or ArgumentException)
        {
            Damage = fault.Message;
            return null;
        }
        catch (NotSupportedException fault)
        {
            // Sparse members of GNU's own format, and parts of volumes; nobody knows where the next member begins.
            Damage = $"{fault.Message.TrimEnd('.')}; pack it without --sparse";
            return null;
        }
    }

    private bool IsWanted(TarEntry member, string name)
    {
        var isFile = member.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile;
        if (isFile && (PhotoFile.IsNamedSo(name) || TarSample.IsText(name)))
        {
            return true;
        }

        if (member.EntryType is not (TarEntryType.Directory or TarEntryType.GlobalExtendedAttributes))
        {
            var ending = isFile ? Path.GetExtension(name).ToLowerInvariant() : "links or devices";
            _leftOut[ending] = _leftOut.GetValueOrDefault(ending) + 1;
        }

        return false;
    }

    /// <summary>Where the header after a member begins.</summary>
    private static long End(TarEntry member, Stream stream, long start)
    {
        var data = member.DataOffset >= 0 && (member.Length > 0 || member.DataOffset > start) ? member.DataOffset : stream.Position;
        return (data + member.Length + BlockSize - 1) / BlockSize * BlockSize;
    }

    private static PhotoSpan? Span(string path, Stream stream, TarEntry member)
    {
        var time = member.ModificationTime == DateTimeOffset.UnixEpoch ? 0 : member.ModificationTime.UtcTicks;
        return stream.CanSeek ? new PhotoSpan(path, member.DataOffset, member.Length, time) : null;
    }

    /// <summary>What a member holds; null where that is too long, or cut off.</summary>
    private byte[]? Content(TarEntry member, long longest)
    {
        if (member.Length > longest)
        {
            return null;
        }

        var bytes = new byte[member.Length];
        try
        {
            member.DataStream?.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            Damage = fault.Message;
            return null;
        }
    }
}
