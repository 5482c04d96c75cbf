using System.IO.Enumeration;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>All files of a folder and of those in it. A folder that cannot be looked into is named, not left out in silence. A link to a
/// folder is followed where it leads out of this one, once; one that leads within would go round and round, or find the same photos
/// twice.</summary>
/// <param name="root">The folder.</param>
/// <param name="prefix">What the files' names begin with.</param>
/// <param name="depth">How many folders deep to look; 1 is this one alone.</param>
internal sealed class FolderWalk(string root, string prefix, int depth = int.MaxValue)
{
    private static readonly EnumerationOptions OneFolder = new() { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None };

    private readonly string _root = Path.GetFullPath(root);
    private readonly HashSet<string> _followed = [];
    private readonly List<string> _unfollowed = [];
    private readonly List<string> _unreadable = [];

    /// <summary>Links that were not followed.</summary>
    public IReadOnlyList<string> Unfollowed => _unfollowed;

    /// <summary>Folders that could not be looked into, with why.</summary>
    public IReadOnlyList<string> Unreadable => _unreadable;

    /// <summary>The files.</summary>
    public IEnumerable<PhotoEntry> Files()
    {
        var ahead = new Queue<(string Folder, int Depth)>([(_root, 1)]);
        while (ahead.TryDequeue(out var here))
        {
            foreach (var entry in EntriesOf(here.Folder))
            {
                if (!entry.IsFolder)
                {
                    yield return new PhotoEntry(NameOf(entry.Path), entry.Size, entry.Time);
                }
                else if (here.Depth < depth && IsFollowed(entry))
                {
                    ahead.Enqueue((entry.Path, here.Depth + 1));
                }
            }
        }
    }

    private List<Entry> EntriesOf(string folder)
    {
        var entries = new List<Entry>();
        try
        {
            entries.AddRange(
                new FileSystemEnumerable<Entry>(
                    folder,
                    (ref FileSystemEntry entry) =>
                        new Entry(
                            entry.ToFullPath(),
                            entry.IsDirectory,
                            entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
                            entry.IsDirectory ? 0 : entry.Length,
                            entry.LastWriteTimeUtc.UtcTicks
                        ),
                    OneFolder
                )
            );
        }
        catch (DirectoryNotFoundException) when (folder != _root && PhotoFile.IsOfOtherEncoding(folder))
        {
            _unreadable.Add($"{NameOf(folder)} ({PhotoFile.OtherEncoding})");
        }
        catch (DirectoryNotFoundException) when (folder != _root)
        {
            // It went while the others were looked into.
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _unreadable.Add($"{NameOf(folder)} ({(fault is UnauthorizedAccessException ? "no permission" : fault.Message)})");
        }

        return entries;
    }

    private bool IsFollowed(Entry folder)
    {
        if (!folder.IsLink)
        {
            return true;
        }

        var target = Path.TrimEndingDirectorySeparator(
            new DirectoryInfo(folder.Path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.Path
        );
        var isOut = !IsWithin(target, _root) && !IsWithin(_root, target);
        if (isOut && _followed.Add(target))
        {
            return true;
        }

        _unfollowed.Add(NameOf(folder.Path));
        return false;
    }

    // A backslash is a letter like any other where it does not part folders.
    private string NameOf(string path) => prefix + Path.GetRelativePath(_root, path).Replace(Path.DirectorySeparatorChar, '/');

    private static bool IsWithin(string path, string folder) =>
        path == folder
        || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private readonly record struct Entry(string Path, bool IsFolder, bool IsLink, long Size, long Time);
}
