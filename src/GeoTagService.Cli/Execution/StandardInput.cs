using GeoTagService.Bulk.Lists.Input;

namespace GeoTagService.Cli.Execution;

/// <summary>A list that is piped in.</summary>
internal static class StandardInput
{
    /// <summary>What stands for it among files.</summary>
    public const string Name = "-";

    /// <summary>Keeps what comes in a file.</summary>
    /// <param name="file">Its name, without the ending.</param>
    /// <param name="mayReplace">Whether it may take the place of another list.</param>
    /// <returns>The file's name.</returns>
    public static string Keep(string file, bool mayReplace)
    {
        // Who types the command again at a terminal means the list that was piped in before.
        using var input = Console.IsInputRedirected ? Console.OpenStandardInput() : Stream.Null;
        return SpooledList.Keep(input, file, mayReplace);
    }
}
