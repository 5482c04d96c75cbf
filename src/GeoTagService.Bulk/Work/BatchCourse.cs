namespace GeoTagService.Bulk.Work;

/// <summary>
/// How a batch goes at the photo host. While not one photo of many is had, the host or its address is at fault, not the
/// photos: the rest is not asked for, and nothing is said of them. Safe for many threads.
/// </summary>
internal sealed class BatchCourse
{
    /// <summary>So many lost photos, and none had, are no chance.</summary>
    private const int Many = 10;

    private readonly Lock _lock = new();
    private int _had;
    private int _refused;

    /// <summary>How many photos could not be had, for whatever reason.</summary>
    public int Lost { get; private set; }

    /// <summary>What was wrong with the last of them.</summary>
    public string? LastWhy { get; private set; }

    /// <summary>Whether many were asked for and none was had.</summary>
    public bool IsWhollyLost
    {
        get
        {
            lock (_lock)
            {
                return _had == 0 && Lost >= Many;
            }
        }
    }

    /// <summary>Whether none was had and at least one was refused.</summary>
    public bool IsRefused
    {
        get
        {
            lock (_lock)
            {
                return _had == 0 && _refused > 0;
            }
        }
    }

    /// <summary>Whether a row that was not had is to be blamed itself: not where its host refuses or loses everything.</summary>
    public bool Blames(WorkResult result) =>
        result.Fate switch
        {
            WorkFate.Unreachable => !IsWhollyLost,
            WorkFate.Refused => !IsRefused,
            _ => false,
        };

    /// <summary>Takes note of a photo.</summary>
    public void Ended(WorkResult result)
    {
        lock (_lock)
        {
            switch (result.Fate)
            {
                case WorkFate.Done or WorkFate.Failed:
                    _had++;
                    break;
                case WorkFate.Gone or WorkFate.Refused or WorkFate.Unreachable:
                    Lost++;
                    _refused += result.Fate == WorkFate.Refused ? 1 : 0;
                    LastWhy = result.Why;
                    break;
            }
        }
    }
}
