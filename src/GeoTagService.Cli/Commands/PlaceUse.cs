namespace GeoTagService.Cli.Commands;

/// <summary>What a head makes of a photo's place.</summary>
internal enum PlaceUse
{
    /// <summary>Two numbers among its inputs, where its name has <c>-loc</c>.</summary>
    Numbers,

    /// <summary>The log-odds of tags at the place, and no numbers.</summary>
    Prior,

    /// <summary>Both.</summary>
    Both,
}
