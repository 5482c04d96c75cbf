namespace GeoTagService.Bench.Load;

/// <summary>What each request holds.</summary>
public enum LoadMode
{
    /// <summary>A photo alone.</summary>
    Photo,

    /// <summary>A title alone.</summary>
    Title,

    /// <summary>A photo, a title and a place.</summary>
    PhotoAndTitle,
}

/// <summary>When requests are sent.</summary>
public enum ArrivalKind
{
    /// <summary>Each of a number of clients sends its next request when it has its answer.</summary>
    Closed,

    /// <summary>At even intervals, whatever became of the earlier ones.</summary>
    Constant,

    /// <summary>At random, independent moments of a given mean rate, as many strangers send: a Poisson process.</summary>
    Poisson,
}

/// <summary>One run of load.</summary>
public sealed record LoadPlan
{
    /// <summary>The service's base address.</summary>
    public required Uri Server { get; init; }

    /// <summary>What each request holds.</summary>
    public LoadMode Mode { get; init; } = LoadMode.PhotoAndTitle;

    /// <summary>When requests are sent.</summary>
    public ArrivalKind Arrivals { get; init; }

    /// <summary>Clients of a closed loop.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Requests a second of an open loop.</summary>
    public double Rate { get; init; }

    /// <summary>Time that is measured.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time before that, under the same load, that is not.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Longest wait for one answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Most requests of an open loop that are under way at once; beyond it one waits to be sent, and its wait counts.</summary>
    public int MaxUnderWay { get; init; } = 2000;

    /// <summary>Seed of arrivals.</summary>
    public int Seed { get; init; } = 1;
}
