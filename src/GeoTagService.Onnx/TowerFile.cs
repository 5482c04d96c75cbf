using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>A tower and the file that its sessions are opened from, all over the same weights.</summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class TowerFile<T>
    where T : unmanaged
{
    /// <summary>A graph that brings its weights along is small enough to be loaded twice.</summary>
    private const long SmallFile = 64L << 20;

    private readonly OnnxSessionFactory _sessions;
    private readonly Bundle _bundle;
    private readonly string _file;
    private readonly byte[]? _graph;
    private readonly long[] _single;
    private readonly long _weightBytes;

    private TowerFile(
        OnnxSessionFactory sessions,
        Bundle bundle,
        string file,
        byte[]? graph,
        long[] single,
        ITower<T> tower,
        bool hasParts,
        long weightBytes
    )
    {
        _graph = graph;
        _single = single;
        _sessions = sessions;
        _bundle = bundle;
        _file = file;
        _weightBytes = weightBytes;
        Tower = tower;
        HasParts = hasParts;
    }

    /// <summary>The tower, open.</summary>
    public ITower<T> Tower { get; }

    /// <summary>Whether runs beside others get a session of their own: it costs no second copy of the weights.</summary>
    public bool HasParts { get; }

    /// <summary>Opens a tower.</summary>
    /// <param name="sessions">Opens its sessions.</param>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">Its graph.</param>
    /// <param name="single">Shape of a small batch.</param>
    /// <param name="create">Checks the graph, and makes the tower, which takes over the session and the hold of the weights.</param>
    public static TowerFile<T> Open(
        OnnxSessionFactory sessions,
        Bundle bundle,
        string file,
        long[] single,
        Func<InferenceSession, SharedWeights?, ITower<T>> create
    )
    {
        var weights = sessions.Provider.MapsWeights ? SharedWeights.Load(bundle, file, sessions.MapsUntilPacked) : null;
        // Kept, because a session is opened again: the file may be another one by then.
        var graph = weights is null ? null : bundle.ReadAllBytes(file);
        InferenceSession? session = null;
        ITower<T>? tower = null;
        try
        {
            session = sessions.OpenEncoder(bundle, file, graph, weights, MachineShare.Whole, packed: !sessions.PacksLater);
            tower = create(session, weights);
            var hasParts =
                sessions.Provider.UsesCores
                && sessions.ConcurrentRuns > 1
                && (weights is not null || bundle.Manifest.Files.First(entry => entry.Path == file).Bytes <= SmallFile);
            var opened = new TowerFile<T>(sessions, bundle, file, graph, single, tower, hasParts, weights?.Bytes ?? 0);
            if (!sessions.PacksLater)
            {
                opened.OpenParts(null);
                if (weights?.AreMapped == true)
                {
                    // No step that can be done without: until then their files are what runs read.
                    opened.LetGo();
                }
                else
                {
                    sessions.Optional.Try($"less memory for {file}", opened.LetGo);
                }
            }

            return opened;
        }
        catch when (tower is not null)
        {
            tower.Dispose();
            throw;
        }
        catch
        {
            session?.Dispose();
            weights?.Dispose();
            throw;
        }
    }

    /// <summary>Whether repacked weights are worth large pages.</summary>
    public bool IsLarge => _weightBytes > SmallFile;

    /// <summary>Has the tower run on repacked weights, and lets go of those that it ran on until now.</summary>
    /// <param name="largest">Shape of the largest batch that it will be asked for.</param>
    public void Pack(long[] largest) =>
        _sessions.Optional.Try(
            $"packed weights of {_file}",
            () =>
            {
                Replace(MachineShare.Whole, largest);
                OpenParts(largest);
                _sessions.Optional.Try($"less memory for {_file}", LetGo);
                if (IsLarge)
                {
                    _sessions.UseHugePages(CancellationToken.None);
                }
            }
        );

    private void OpenParts(long[]? largest)
    {
        if (HasParts)
        {
            _sessions.Optional.Try("sessions for runs beside others", () => Replace(MachineShare.Part, largest));
        }
    }

    /// <summary>With packed sessions for all kinds of run, nothing reads most of the other weights any more.</summary>
    private void LetGo() => _sessions.LetGo(_file, (Tower as OnnxTower<T>)?.LetGoOfUnreadWeights(_single) ?? 0);

    private void Replace(MachineShare share, long[]? largest) =>
        (Tower as OnnxTower<T>)?.Replace(
            share,
            weights => _sessions.OpenEncoder(_bundle, _file, _graph, weights, share, packed: true),
            largest
        );
}
