using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Work;

/// <summary>
/// Results that were computed and not yet taken, one file a post: written before they are posted, deleted once they were
/// taken. After a kill they are posted first; what was posted and not yet deleted is posted twice, which says the same.
/// A post that is not taken is tried again later; one of which a part is not taken is split, so that the good part is not
/// held up. A post that fails again and again while others are taken is halved, and a single photo's set aside until the
/// next start; while none are taken the labeller is at fault, and all of them wait.
/// </summary>
internal sealed partial class Outbox : IDisposable
{
    /// <summary>Name of posts that hold labels; their photos need no work any more.</summary>
    public const string Labels = "labels";

    private const string Ending = ".json";
    private const string AsideEnding = ".refused";

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(10);

    private readonly string _directory;
    private readonly int _attempts;
    private readonly TimeSpan _delay;
    private readonly TimeProvider _time;
    private readonly FileStream _lock;
    private readonly Dictionary<string, Post> _posts = [];
    private readonly Dictionary<string, long> _taken = [];
    private long _next;

    /// <summary>Opens the directory and clears away what was being written when a run was killed. What was set aside gets
    /// another chance.</summary>
    /// <param name="directory">Where posts are kept.</param>
    /// <param name="attempts">How often a post may be answered and not taken before it is halved or set aside.</param>
    /// <param name="delay">The first wait of a post that was not taken; it doubles, up to ten minutes.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="RunFailureException">Another worker has it, or it holds something that is no post.</exception>
    public Outbox(string directory, int attempts, TimeSpan delay, TimeProvider time)
    {
        (_attempts, _delay, _time) = (attempts, delay, time);
        _directory = Directory.CreateDirectory(directory).FullName;
        try
        {
            _lock = new FileStream(
                Path.Combine(_directory, ".lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException taken)
        {
            throw new RunFailureException(
                RunFailure.Environment,
                $"{directory} is in use by another worker; give each its own --state",
                taken
            );
        }

        foreach (var half in Directory.EnumerateFiles(_directory, "*.tmp"))
        {
            File.Delete(half);
        }

        foreach (var aside in Directory.EnumerateFiles(_directory, "*" + AsideEnding).ToList())
        {
            File.Move(aside, Path.ChangeExtension(aside, Ending), overwrite: true);
        }

        foreach (var path in Directory.EnumerateFiles(_directory, "*" + Ending).Where(path => PostName().IsMatch(Path.GetFileName(path))))
        {
            _posts.Add(path, new Post(Path.GetFileNameWithoutExtension(path).Split('-')[^1], IdsOf(path)));
        }

        _next = _posts.Keys.Select(NumberOf).DefaultIfEmpty(0).Max() + 1;
    }

    /// <summary>Photos whose labels are known here and not yet, or not for certain, at the labeller.</summary>
    public HashSet<long> Labelled => [.. _posts.Values.Where(post => post.Name == Labels).SelectMany(post => post.Ids)];

    /// <summary>How many photos of those stand in the way of others, because their labels were not taken again and again.</summary>
    public int Stuck => _posts.Values.Where(post => post.Name == Labels && post.Failures >= _attempts).Sum(post => post.Ids.Count);

    /// <summary>Whether posts wait that were not tried so often yet that trying on in a row makes no sense.</summary>
    public bool HasHope => _posts.Values.Any(post => !post.IsAside && post.Failures + post.Silences < _attempts);

    /// <summary>How many posts wait to be taken.</summary>
    public int Waiting => _posts.Values.Count(post => !post.IsAside);

    /// <summary>How many posts were set aside.</summary>
    public int Aside => _posts.Values.Count(post => post.IsAside);

    /// <summary>When the next post is due, or null when none waits.</summary>
    public DateTimeOffset? Due => _posts.Values.Where(post => !post.IsAside).Select(post => (DateTimeOffset?)post.Due).Min();

    /// <summary>Keeps a batch's posts, in the order in which they go out. One without rows is left out.</summary>
    public void Add(params (string Name, byte[] Json)[] posts)
    {
        // Backwards: a kill in between then leaves the later posts alone, and the labeller hands the batch out again.
        for (var i = posts.Length - 1; i >= 0; i--)
        {
            if (IdsOf(posts[i].Json) is { Count: > 0 } ids)
            {
                Write($"{_next:D8}-{i + 1}-{posts[i].Name}{Ending}", posts[i].Json, new Post(posts[i].Name, ids));
            }
        }

        _next++;
    }

    /// <summary>Posts everything that waits and is due; stops where the labeller does not answer.</summary>
    /// <param name="post">Posts.</param>
    /// <param name="tell">Is told what was not taken, in a sentence.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task SendAsync(
        Func<byte[], IReadOnlySet<long>, CancellationToken, Task<PostFate>> post,
        Action<string> tell,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(post);
        ArgumentNullException.ThrowIfNull(tell);
        var now = _time.GetUtcNow();
        foreach (
            var path in _posts
                .Where(kept => !kept.Value.IsAside && kept.Value.Due <= now)
                .Select(kept => kept.Key)
                .Order(StringComparer.Ordinal)
                .ToList()
        )
        {
            if (_posts[path].Due > _time.GetUtcNow())
            {
                // The labeller fell silent meanwhile.
                continue;
            }

            var json = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            var fate = await post(json, _posts[path].Ids, cancellationToken).ConfigureAwait(false);
            if (fate.IsTaken)
            {
                Taken(path);
                continue;
            }

            NotTaken(path, json, fate, tell);
            if (!fate.Answered)
            {
                // One request was patient already; the others would only wait as long.
                foreach (var other in _posts.Values.Where(other => other.Due < _posts[path].Due))
                {
                    (other.Due, other.Silences) = (_posts[path].Due, Math.Max(other.Silences, _posts[path].Silences));
                }
            }
        }
    }

    public void Dispose() => _lock.Dispose();

    [GeneratedRegex(@"^\d{8,}-\d+-[a-z]+\.json$")]
    private static partial Regex PostName();

    private void Taken(string path)
    {
        var name = _posts[path].Name;
        Remove(path);
        _taken[name] = _taken.GetValueOrDefault(name) + 1;

        // The labeller takes results again: those that waited for it need not wait longer.
        foreach (
            var other in _posts.Values.Where(other => other.Name == name && other.Failures < _attempts && other.Due > _time.GetUtcNow())
        )
        {
            other.Due = _time.GetUtcNow();
        }
    }

    private void NotTaken(string path, byte[] json, PostFate fate, Action<string> tell)
    {
        var waiting = _posts[path];
        var pause = Backoff(waiting.Failures + waiting.Silences, fate.RetryAfter);
        var what = $"{Counted.Of(waiting.Ids.Count, "photo's", "photos'")} {waiting.Name}";
        waiting.TakenBefore ??= _taken.GetValueOrDefault(waiting.Name);
        waiting.Failures += fate.Answered ? 1 : 0;
        waiting.Silences += fate.Answered ? 0 : 1;
        waiting.Due = _time.GetUtcNow() + pause;
        var othersAreTaken = _taken.GetValueOrDefault(waiting.Name) > waiting.TakenBefore;
        var again = $"tried again in {pause.TotalSeconds:0.#} s";
        switch (waiting)
        {
            case { Ids.Count: > 1 } when fate.Missing.Count < waiting.Ids.Count:
                tell($"the labeller did not take {what}: {fate.Why}; the two parts are kept and {again}");
                Split(path, json, fate.Missing);
                break;
            case { Ids.Count: > 1 } when waiting.Failures >= _attempts && othersAreTaken:
                tell(
                    $"the labeller did not take {what} in {Counted.Of(waiting.Failures, "attempt", "attempts")}: {fate.Why}; the two halves are kept and {again}"
                );
                Split(path, json, waiting.Ids.Order().Take(waiting.Ids.Count / 2).ToHashSet());
                break;
            case { Ids.Count: 1 } when waiting.Failures >= _attempts && othersAreTaken:
                var aside = Path.ChangeExtension(path, AsideEnding);
                File.Move(path, aside, overwrite: true);
                waiting.IsAside = true;
                tell(
                    $"the labeller did not take photo {waiting.Ids.First()}'s {waiting.Name} in {Counted.Of(waiting.Failures, "attempt", "attempts")}: {fate.Why}; they are kept as {Path.GetFileName(aside)} until the next start"
                );
                break;
            default:
                tell($"the labeller did not take {what}: {fate.Why}; they are kept and {again}");
                break;
        }
    }

    private TimeSpan Backoff(int failures, TimeSpan? asked)
    {
        var own = TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, _delay.Ticks << Math.Min(failures, 12)));
        return asked > own ? asked.Value : own;
    }

    private static long NumberOf(string path) =>
        long.TryParse(Path.GetFileName(path).Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static HashSet<long> IdsOf(string path)
    {
        try
        {
            return IdsOf(File.ReadAllBytes(path));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new RunFailureException(RunFailure.Environment, $"{path} is not a post of results; move it away", fault);
        }
    }

    private static HashSet<long> IdsOf(ReadOnlySpan<byte> json) => [.. JsonElement.Parse(json).EnumerateArray().Select(IdOf)];

    private static long IdOf(JsonElement row) => row.GetProperty("image_id").GetInt64();

    /// <summary>Makes two posts of one. A kill in between leaves photos in both, which says the same twice.</summary>
    private void Split(string path, byte[] json, IReadOnlySet<long> second)
    {
        var (kept, rows) = (_posts[path], JsonElement.Parse(json).EnumerateArray().ToList());
        foreach (var inSecond in new[] { false, true })
        {
            var part = JsonSerializer.SerializeToUtf8Bytes(rows.Where(row => second.Contains(IdOf(row)) == inSecond), WorkPosts.Rows);
            Write(
                $"{_next++:D8}-1-{kept.Name}{Ending}",
                part,
                new Post(kept.Name, IdsOf(part))
                {
                    Due = kept.Due,
                    Failures = inSecond ? kept.Failures : 0,
                    TakenBefore = inSecond ? kept.TakenBefore : null,
                }
            );
        }

        Remove(path);
    }

    private void Write(string name, byte[] json, Post post)
    {
        var path = Path.Combine(_directory, name);
        using (var file = File.Create(path + ".tmp"))
        {
            file.Write(json);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".tmp", path);
        _posts.Add(path, post);
    }

    private void Remove(string path)
    {
        File.Delete(path);
        _posts.Remove(path);
    }

    /// <summary>What waits in a file.</summary>
    private sealed class Post(string name, HashSet<long> ids)
    {
        public string Name => name;

        public HashSet<long> Ids => ids;

        /// <summary>How often the labeller answered and did not take it.</summary>
        public int Failures { get; set; }

        /// <summary>How often there was no answer.</summary>
        public int Silences { get; set; }

        /// <summary>How many posts of the same kind had been taken when this one first was not.</summary>
        public long? TakenBefore { get; set; }

        public DateTimeOffset Due { get; set; } = DateTimeOffset.MinValue;

        public bool IsAside { get; set; }
    }
}
