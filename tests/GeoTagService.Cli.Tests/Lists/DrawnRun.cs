using GeoTagService.Bulk;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>A run of a list by <see cref="DrawnTagger"/>, which can be killed: its files then are what the disk held at some
/// moment, with bytes behind it that were written after the ledger.</summary>
internal sealed class DrawnRun(string input, string target)
{
    private static readonly ListColumns Columns = ListColumns.Parse([]);

    public bool Update { get; init; }

    public bool Keeps { get; init; }

    public bool TrustsTimes { get; init; }

    public int Window { get; init; } = 4;

    public int PhotosAtOnce { get; init; } = 1;

    public long MaxRejected { get; init; } = long.MaxValue;

    public Func<ListItem, bool> FailsInPassing { get; init; } = _ => false;

    /// <summary>What was said.</summary>
    public string Said { get; private set; } = "";

    /// <summary>Items that were tagged, not taken over.</summary>
    public int Tagged { get; private set; }

    /// <summary>Runs to the end.</summary>
    public Task<ListLedger> RunAsync() => RunAsync(null, new Ticking(0));

    /// <summary>Runs until it is killed at an item, or to the end if that comes first.</summary>
    /// <returns>Whether it was killed.</returns>
    public async Task<bool> RunAndKillAsync(int atItem, Random random)
    {
        using var killed = new CancellationTokenSource();
        var (found, gate) = (new Dictionary<string, byte[]>(), new Lock());
        void Kill(int item)
        {
            lock (gate)
            {
                if (item >= atItem && !killed.IsCancellationRequested)
                {
                    Snapshot(found);
                    killed.Cancel();
                }
            }
        }

        try
        {
            await RunAsync(Kill, new Ticking(random.Next(3)), killed.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            Restore(found, random);
            return true;
        }
    }

    private async Task<ListLedger> RunAsync(Action<int>? before, TimeProvider time, CancellationToken cancellationToken = default)
    {
        using var error = new StringWriter();
        var format = ListFormat.Of(target)!;
        var content = new ListContent([0.2f, 0.5f], false);
        var paths = RunPaths.Beside(target, format, errors: null);
        paths.Prepare();
        ListSource Open() => ListInputs.Open([input], Columns, null);
        using var source = Open();
        using var lease = await RunLease.AcquireAsync(paths.Ledger, _ => false, LeaseTimes.Default, TimeProvider.System, cancellationToken);
        using var web = new WebFetch(new WebManners { Retries = 0, Caller = new WebCaller(null, null) }, 1 << 20);
        var photos = web.Over(new FilePhotos(source.PhotoPath, 1 << 20));
        var tagger = new DrawnTagger(photos, PhotosAtOnce) { Before = before, FailsInPassing = FailsInPassing };
        var request = new ListRequest
        {
            Paths = paths,
            Format = format,
            Content = content,
            Part = new ListPart(Shard.Whole),
            Options = "",
            Update = Update,
            KeepsVanished = Keeps,
            TrustsTimes = TrustsTimes,
            MaxRejected = MaxRejected,
        };
        try
        {
            return await new ListRun(request, new ListEngine(tagger, photos, Window), Open, lease!, error, time).RunToLedgerAsync(
                source,
                cancellationToken
            );
        }
        finally
        {
            (Said, Tagged) = (error.ToString(), tagger.Tagged);
        }
    }

    private IEnumerable<string> Files() =>
        new[] { Path.GetDirectoryName(target)!, Path.Combine(Path.GetDirectoryName(target)!, RunPaths.StateDirectory) }
            .Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFiles(directory, Path.GetFileName(target) + "*"))
            .Where(path => !path.Contains(".lease-", StringComparison.Ordinal));

    private void Snapshot(Dictionary<string, byte[]> files)
    {
        // The run goes on writing meanwhile. At one moment a ledger never counts what its files do not have yet, so ledgers are read first.
        foreach (
            var path in Files().Where(path => !path.EndsWith(".tmp", StringComparison.Ordinal)).OrderBy(path => IsLedger(path) ? 0 : 1)
        )
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            files[path] = bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
    }

    private static bool IsLedger(string path) =>
        path.EndsWith(".ledger", StringComparison.Ordinal) || path.EndsWith(".ledger.update", StringComparison.Ordinal);

    private void Restore(Dictionary<string, byte[]> files, Random random)
    {
        foreach (var path in Files().ToList())
        {
            File.Delete(path);
        }

        foreach (var (path, bytes) in files)
        {
            // Rows, errors and journal go on behind what the ledger counts.
            var isWhole = IsLedger(path) || path.Contains(".ledger.list", StringComparison.Ordinal);
            var after = new byte[isWhole ? 0 : random.Next(3) * 50];
            random.NextBytes(after);
            File.WriteAllBytes(path, [.. bytes, .. after]);
        }
    }

    /// <summary>A clock that makes the ledger be saved after every few groups.</summary>
    private sealed class Ticking(int every) : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => every == 0 ? base.GetTimestamp() : Interlocked.Add(ref _now, TimestampFrequency / every);
    }
}
