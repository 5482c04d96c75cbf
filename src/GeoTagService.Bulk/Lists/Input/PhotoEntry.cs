using GeoTagService.Core;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A photo as a folder showed it when the list was made.</summary>
/// <param name="Name">Path within the folder, with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Time">Time of the last change, ticks of UTC.</param>
/// <param name="HasVanished">Whether the folder has it no more and its row is kept.</param>
internal readonly record struct PhotoEntry(string Name, long Size, long Time, bool HasVanished = false);

/// <summary>What became of a folder since a list of it was fixed.</summary>
/// <param name="New">Photos that the list has not.</param>
/// <param name="Changed">Photos of another size or time.</param>
/// <param name="Vanished">Photos that are there no more.</param>
internal sealed record FolderChanges(IReadOnlyList<string> New, IReadOnlyList<string> Changed, IReadOnlyList<string> Vanished)
{
    private const int NamesShown = 10;

    /// <summary>Whether the folder is as the list says.</summary>
    public bool IsNone => New.Count + Changed.Count + Vanished.Count == 0;

    /// <summary>Compares two lists that are sorted alike.</summary>
    public static FolderChanges Between(IReadOnlyList<PhotoEntry> before, IReadOnlyList<PhotoEntry> now)
    {
        var (added, changed, vanished) = (new List<string>(), new List<string>(), new List<string>());
        var (b, n) = (0, 0);
        while (b < before.Count || n < now.Count)
        {
            var order =
                b == before.Count ? 1
                : n == now.Count ? -1
                : string.CompareOrdinal(before[b].Name, now[n].Name);
            if (order < 0)
            {
                // What had vanished before is no news.
                (before[b].HasVanished ? [] : vanished).Add(before[b].Name);
                b++;
            }
            else if (order > 0)
            {
                added.Add(now[n].Name);
                n++;
            }
            else
            {
                if (before[b].HasVanished)
                {
                    added.Add(now[n].Name);
                }
                else if ((before[b].Size, before[b].Time) != (now[n].Size, now[n].Time))
                {
                    changed.Add(now[n].Name);
                }

                (b, n) = (b + 1, n + 1);
            }
        }

        return new FolderChanges(added, changed, vanished);
    }

    /// <summary>How much changed, with names of what vanished: <c>3 photos are new, 1 was changed, 2 are gone (a.jpg, b.jpg)</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        Say(New, "new");
        Say(Changed, "changed");
        Say(Vanished, "gone");
        return string.Join(", ", parts);

        void Say(IReadOnlyList<string> names, string what)
        {
            if (names.Count > 0)
            {
                parts.Add(
                    $"{names.Count} {(names.Count == 1 ? "photo is" : "photos are")} {what} ({Shown.Of(string.Join(", ", names.Take(NamesShown)))}{(names.Count > NamesShown ? " …" : "")})"
                );
            }
        }
    }
}
