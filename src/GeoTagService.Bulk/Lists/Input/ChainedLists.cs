using System.Security.Cryptography;
using System.Text;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Several lists one after the other, as one: positions go on from list to list.</summary>
internal sealed class ChainedLists : ListSource
{
    private readonly List<string> _paths = [];
    private readonly Func<string, ListSource> _open;
    private string? _identity;
    private ListSource? _current;
    private readonly HashSet<string> _remarks = [];
    private int _index;

    /// <summary>Finds the lists, and opens each once, so that one that is none is told before the run.</summary>
    /// <param name="given">Lists, and patterns of lists; those of a pattern are sorted by name.</param>
    /// <param name="open">Opens a list.</param>
    public ChainedLists(IEnumerable<string> given, Func<string, ListSource> open)
    {
        _open = open;
        var places = new List<string>();
        foreach (var path in given)
        {
            var pattern = ListInputs.IsPattern(path) ? PhotoPattern.Parse(path) : null;
            _paths.AddRange(pattern?.Files().Select(pattern.PathOf) ?? [path]);
            // Lists that a shell made of a pattern are those of a folder: there may be more of them the next time.
            places.Add(pattern?.Location ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "*" + Path.GetExtension(path)));
        }

        if (_paths.Count == 0)
        {
            throw new RunFailureException(RunFailure.Request, $"{string.Join(", ", places)}: there are no such lists");
        }

        Location = string.Join("; ", places.Distinct());
        Note = string.Join("; ", _paths.Select(NoteOf).OfType<string>().Distinct()) is { Length: > 0 } note ? note : null;
    }

    public override string Location { get; }

    public override string Identity => _identity ??= Digest();

    public override string? Note { get; }

    public override string? Remark => _remarks.Count == 0 ? null : string.Join("; ", _remarks);

    public override double Fraction => (_index + (_current?.Fraction ?? 0)) / _paths.Count;

    public override ListBookmark Bookmark => _current is null ? default : _current.Bookmark with { File = _index };

    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        var position = from.Position;
        for (_index = from.File; _index < _paths.Count; _index++)
        {
            using var list = _current = _open(_paths[_index]);
            var start = new ListBookmark(position, _index == from.File ? from.Offset : 0, _index == from.File ? from.Line : 0);
            foreach (var item in list.Read(start))
            {
                position = item.Position + 1;
                yield return item with
                {
                    Folder = list.Root,
                };
            }

            _remarks.UnionWith(list.Remark is { } remark ? [remark] : []);
            _current = null;
        }
    }

    public override void Dispose()
    {
        _current?.Dispose();
        _current = null;
    }

    private string? NoteOf(string path)
    {
        using var list = _open(path);
        return list.Note;
    }

    private string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in _paths)
        {
            using var list = _open(path);
            hash.AppendData(Encoding.UTF8.GetBytes($"{list.Identity}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
