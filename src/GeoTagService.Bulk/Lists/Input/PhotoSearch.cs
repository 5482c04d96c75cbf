using GeoTagService.Bulk.Fetching;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Looks for photos in what is given: files, folders, patterns and addresses.</summary>
internal sealed class PhotoSearch
{
    private const int NamesShown = 20;

    private readonly List<PhotoEntry> _photos = [];
    private readonly List<string> _others = [];
    private readonly List<string> _places = [];
    private readonly List<string> _links = [];
    private readonly List<string> _unreadable = [];

    private PhotoSearch() { }

    /// <summary>Lists photos as they are now. In one folder or pattern their ids are the paths within it; of several things given the
    /// paths as they were written.</summary>
    /// <param name="given">Files, folders, patterns and addresses.</param>
    /// <param name="hosts">How the host of buckets is treated.</param>
    /// <exception cref="RunFailureException">There are none.</exception>
    public static PhotoFolder Find(IReadOnlyList<string> given, WebManners? hosts)
    {
        var search = new PhotoSearch();
        if (given is [var one] && !WebPhotos.IsAddress(one))
        {
            if (Directory.Exists(one))
            {
                search.AddFolder(one, "");
                return search.ToFolder(one);
            }

            if (ListInputs.IsPattern(one))
            {
                var pattern = PhotoPattern.Parse(one);
                search.AddPattern(pattern, "");
                return search.ToFolder(pattern.Directory);
            }
        }

        foreach (var path in given)
        {
            if (S3Objects.IsAddress(path) && !PhotoFile.IsNamedSo(path))
            {
                search.AddObjects(path, hosts);
            }
            else
            {
                search.Add(path, isAlone: given.Count == 1);
            }
        }

        return search.ToFolder(".");
    }

    private void Add(string path, bool isAlone)
    {
        if (WebPhotos.IsAddress(path))
        {
            _photos.Add(new PhotoEntry(path, 0, 0));
            _places.Add("addresses");
            return;
        }

        while (path.StartsWith("./", StringComparison.Ordinal) && path.Length > 2)
        {
            path = path[2..];
        }

        if (Directory.Exists(path))
        {
            AddFolder(
                path,
                path is "." ? ""
                    : path.EndsWith('/') ? path
                    : path + "/"
            );
        }
        else if (ListInputs.IsPattern(path))
        {
            var pattern = PhotoPattern.Parse(path);
            AddPattern(pattern, pattern.Directory is "." ? "" : pattern.Directory + "/");
        }
        else if (PhotoFile.IsNamedSo(path) && !path.EndsWith('/'))
        {
            // One that is gone has its turn, too, and is rejected then: a run that goes on must not fail for it.
            _photos.Add(Entry(path, path));
            _places.Add(Path.IsPathRooted(path) ? "files" : $"files in {Path.GetFullPath(".")}");
        }
        else if (!isAlone && File.Exists(path))
        {
            // One of several, as a shell writes them for *: left out and counted, as in a folder.
            _others.Add(path);
        }
        else
        {
            throw new RunFailureException(
                RunFailure.Request,
                File.Exists(path) && ListInputs.PackedBy(path) is { } packing
                    ? $"{path}: {packing}"
                    : $"{path}: {(File.Exists(path) ? "this is neither a photo nor a list, by its ending" : "there is no such list")}; an input is {ListInputs.Kinds}"
            );
        }
    }

    private void AddObjects(string address, WebManners? hosts)
    {
        if (ListInputs.EndsAsList(address) || hosts is null)
        {
            throw new RunFailureException(RunFailure.Request, $"{address}: of buckets photos and prefixes are read; lists are files");
        }

        // All of a bucket, or what lies under a name, as under that of a folder.
        var prefix = address.EndsWith('/') || address.Count(c => c == '/') == 2 ? address : address + "/";
        using var objects = new S3Objects(hosts);
        foreach (var found in Task.Run(() => objects.ListAsync(prefix)).GetAwaiter().GetResult())
        {
            if (!found.Address.EndsWith('/'))
            {
                AddFound(new PhotoEntry(found.Address, found.Size, found.Time));
            }
        }

        _places.Add(prefix);
    }

    private void AddFolder(string path, string prefix)
    {
        AddWalk(new FolderWalk(path, prefix), _ => true);
        _places.Add(Path.GetFullPath(path));
    }

    private void AddPattern(PhotoPattern pattern, string prefix)
    {
        AddWalk(pattern.Walk(prefix), file => pattern.Matches(file[prefix.Length..]));
        _places.Add(pattern.Location);
    }

    private void AddWalk(FolderWalk walk, Func<string, bool> isAsked)
    {
        foreach (var file in walk.Files().Where(file => isAsked(file.Name)))
        {
            AddFound(file);
        }

        _unreadable.AddRange(walk.Unreadable);
        _links.AddRange(walk.Unfollowed);
    }

    private void AddFound(PhotoEntry file)
    {
        if (PhotoFile.IsNamedSo(file.Name))
        {
            _photos.Add(file);
        }
        else
        {
            _others.Add(file.Name);
        }
    }

    private PhotoFolder ToFolder(string root)
    {
        var kinds = _others.CountBy(name => Path.GetExtension(name).ToLowerInvariant()).OrderByDescending(kind => kind.Value).ToList();
        string?[] notes =
        [
            kinds.Count == 0
                ? null
                : $"{Counted.Of(_others.Count, "file")} left out, because they are not named as photos that are read: {string.Join(", ", kinds.Take(5).Select(kind => $"{kind.Value} {(kind.Key.Length > 0 ? kind.Key : "without an ending")}"))}{(kinds.Count > 5 ? " …" : "")}",
            _unreadable.Count == 0
                ? null
                : $"{Counted.Of(_unreadable.Count, "folder")} could not be looked into, photos there are not in the list: {string.Join(", ", _unreadable.Take(NamesShown))}{(_unreadable.Count > NamesShown ? " …" : "")}",
            _links.Count == 0
                ? null
                : $"links to folders that are in the list already were not followed: {string.Join(", ", _links.Take(5))}{(_links.Count > 5 ? " …" : "")}",
        ];
        var note = string.Join("; ", notes.OfType<string>()) is { Length: > 0 } said ? Shown.Of(said) : null;
        var places = string.Join("; ", _places.Distinct());

        // The same photo may be given twice: by itself and with its folder.
        var photos = _photos
            .DistinctBy(photo => WebPhotos.IsAddress(photo.Name) ? photo.Name : Path.GetFullPath(photo.Name, Path.GetFullPath(root)))
            .OrderBy(photo => photo.Name, StringComparer.Ordinal)
            .ToArray();
        return photos.Length > 0
            ? new PhotoFolder(places, photos, note) { Root = root, Unreadable = _unreadable.Count }
            : throw new RunFailureException(RunFailure.Request, $"{places}: there are no photos here{(note is null ? "" : "; " + note)}");
    }

    private static PhotoEntry Entry(string name, string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new PhotoEntry(name, file.Length, file.LastWriteTimeUtc.Ticks) : new PhotoEntry(name, 0, 0);
    }
}
