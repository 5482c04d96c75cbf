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
    private readonly bool _isLarge;

    private TowerFile(OnnxSessionFactory sessions, Bundle bundle, string file, ITower<T> tower, bool hasParts, bool isLarge)
    {
        _sessions = sessions;
        _bundle = bundle;
        _file = file;
        _isLarge = isLarge;
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
    /// <param name="create">Checks the graph, and makes the tower, which takes over the session and the hold of the weights.</param>
    public static TowerFile<T> Open(
        OnnxSessionFactory sessions, Bundle bundle, string file, Func<InferenceSession, SharedWeights?, ITower<T>> create)
    {
        var weights = sessions.UsesCuda ? null : SharedWeights.Map(bundle, file);
        InferenceSession? session = null;
        ITower<T>? tower = null;
        try
        {
            session = sessions.OpenEncoder(bundle, file, weights, MachineShare.Whole, packed: !sessions.PacksLater);
            tower = create(session, weights);
            var hasParts = !sessions.UsesCuda && sessions.ConcurrentRuns > 1
                && (weights is not null || bundle.Manifest.Files.First(entry => entry.Path == file).Bytes <= SmallFile);
            var opened = new TowerFile<T>(sessions, bundle, file, tower, hasParts, weights?.Bytes > SmallFile);
            if (!sessions.PacksLater)
            {
                opened.FinishPacking(null);
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

    /// <summary>Has the tower run on repacked weights, and lets go of those that it ran on until now.</summary>
    /// <param name="largest">Shape of the largest batch that it will be asked for.</param>
    public void Pack(long[] largest)
    {
        Replace(MachineShare.Whole, largest);
        FinishPacking(largest);
    }

    /// <summary>Lets go of the mapped weights; what runs still read comes back.</summary>
    public void Forget() => (Tower as OnnxTower<T>)?.ForgetWeights();

    /// <summary>With packed sessions for all kinds of run, nothing reads most of the mapped weights any more.</summary>
    private void FinishPacking(long[]? largest)
    {
        if (HasParts)
        {
            Replace(MachineShare.Part, largest);
        }

        Forget();
        if (_isLarge)
        {
            _sessions.UseHugePages();
        }
    }

    private void Replace(MachineShare share, long[]? largest) => (Tower as OnnxTower<T>)?.Replace(
        share, weights => _sessions.OpenEncoder(_bundle, _file, weights, share, packed: true), largest);
}
