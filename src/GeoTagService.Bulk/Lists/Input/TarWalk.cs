using System.Formats.Tar;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Walks through the members of a tar and makes items of those that belong together.</summary>
/// <param name="columns">What the members of JSON mean.</param>
internal sealed class TarWalk(ListColumns columns)
{
    private const int BlockSize = 512;
    private const long LongestPhoto = 1 << 29;

    private readonly HashSet<ulong> _keys = [];
    private readonly Dictionary<string, int> _leftOut = [];

    /// <summary>Why the walk ended before the tar did, or null.</summary>
    public string? Damage { get; private set; }

    /// <summary>Members that were left out, by ending.</summary>
    public IReadOnlyDictionary<string, int> LeftOut => _leftOut;

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
            var name = member.Name.StartsWith("./", StringComparison.Ordinal) ? member.Name[2..] : member.Name;
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

                sample = new TarSample(name, start, columns, isRepeated: !_keys.Add(ItemKey.OfId(TarSample.KeyOf(name))));
            }

            if (isPhoto)
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
            var ending = isFile ? Path.GetExtension(name).ToLowerInvariant() : "links";
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
