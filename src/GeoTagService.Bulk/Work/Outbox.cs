using System.Globalization;

namespace GeoTagService.Bulk.Work;

/// <summary>
/// Results that were computed and not yet taken, one file a post: written before they are posted, deleted once they were
/// taken. After a kill they are posted first; what was posted and not yet deleted is posted twice, which says the same.
/// </summary>
internal sealed class Outbox
{
    private const string Ending = ".json";
    private const string RefusedEnding = ".refused";

    private readonly string _directory;
    private long _next;

    /// <summary>Opens the directory and clears away what was being written when a run was killed.</summary>
    public Outbox(string directory)
    {
        _directory = Directory.CreateDirectory(directory).FullName;
        foreach (var half in Directory.EnumerateFiles(_directory, "*.tmp"))
        {
            File.Delete(half);
        }

        _next = Pending.Select(path => long.Parse(Path.GetFileName(path).Split('-')[0], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max() + 1;
    }

    /// <summary>What waits, oldest first.</summary>
    public IReadOnlyList<string> Pending => [.. Directory.EnumerateFiles(_directory, "*" + Ending).Order(StringComparer.Ordinal)];

    /// <summary>Keeps a batch's posts, in the order in which they go out.</summary>
    public void Add(params (string Name, byte[] Json)[] posts)
    {
        // Backwards: a kill in between then leaves the later posts alone, and the labeller hands the batch out again.
        for (var i = posts.Length - 1; i >= 0; i--)
        {
            var path = Path.Combine(_directory, $"{_next:D8}-{i + 1}-{posts[i].Name}{Ending}");
            using (var file = File.Create(path + ".tmp"))
            {
                file.Write(posts[i].Json);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".tmp", path);
        }

        _next++;
    }

    /// <summary>Posts everything that waits.</summary>
    /// <returns>How many posts were refused for good; their files are kept under another name.</returns>
    public async Task<int> SendAsync(Func<byte[], CancellationToken, Task<bool>> post, CancellationToken cancellationToken)
    {
        var refused = 0;
        foreach (var path in Pending)
        {
            var taken = await post(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            if (taken)
            {
                File.Delete(path);
            }
            else
            {
                File.Move(path, Path.ChangeExtension(path, RefusedEnding), overwrite: true);
                refused++;
            }
        }

        return refused;
    }
}
