namespace GeoTagService.Bulk.Work;

/// <summary>How a run went; done, failed, left and aside add up to rows.</summary>
public sealed record WorkTotals
{
    /// <summary>Rows that were handed out and worked on; one that is handed out again counts again.</summary>
    public long Rows { get; set; }

    /// <summary>Scored.</summary>
    public long Done { get; set; }

    /// <summary>Of those, how many had no title.</summary>
    public long Untitled { get; set; }

    /// <summary>Reported as failed.</summary>
    public long Failed { get; set; }

    /// <summary>Left for another time, because the photo could not be had now.</summary>
    public long Left { get; set; }

    /// <summary>Set aside, because the photo could not be had again and again.</summary>
    public long Aside { get; set; }
}
