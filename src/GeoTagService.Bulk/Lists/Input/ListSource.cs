using System.Security.Cryptography;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Where the items come from: read one by one, always in the same order.</summary>
public abstract class ListSource : IDisposable
{
    /// <summary>Where the list is: a run is resumed with the list of the same place.</summary>
    public abstract string Location { get; }

    /// <summary>Digest of the list's content, so that a run is not resumed with another one; empty where the content is known only
    /// as it is read.</summary>
    public abstract string Identity { get; }

    /// <summary>What the user should know before the run, such as columns that are left alone; null when there is nothing.</summary>
    public virtual string? Note => null;

    /// <summary>What can be said only when it was read to its end, such as what was left out on the way; or null.</summary>
    public virtual string? Remark => null;

    /// <summary>How much of it was read, 0 to 1.</summary>
    public abstract double Fraction { get; }

    /// <summary>Where the paths of photos start from.</summary>
    public required string Root { get; init; }

    /// <summary>Where the item stands that was read last.</summary>
    public virtual ListBookmark Bookmark => default;

    /// <summary>The items from the first one on. A list is read once.</summary>
    public IEnumerable<ListItem> Read() => Read(default);

    /// <summary>The items from a bookmark on. A list is read once.</summary>
    public abstract IEnumerable<ListItem> Read(ListBookmark from);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Digest of a list's file: a list that is written anew with the same rows is the same list.</summary>
    protected static string DigestOf(string path)
    {
        // A pipe, whose length is none, can be read once only.
        var list = new FileInfo(path);
        if (list.Length == 0)
        {
            return "";
        }

        using var file = list.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>The path of an item's photo.</summary>
    public string PhotoPath(ListItem item) => Path.Combine(item.Folder ?? Root, item.Image!);
}
