using System.CommandLine;

namespace GeoTagService.Cli.Execution;

/// <summary>Edges of the squares that are held out whole, as options name them.</summary>
internal static class BlockEdge
{
    private const string Wide = "100km",
        Narrow = "10km";

    /// <summary>Takes no other words.</summary>
    public static void AcceptOnly<T>(Option<T> option) => option.AcceptOnlyFromAmong(Wide, Narrow);

    /// <summary>The edge in metres.</summary>
    /// <param name="name">One of the words.</param>
    public static int Metres(string? name) => name == Narrow ? 10_000 : 100_000;
}
