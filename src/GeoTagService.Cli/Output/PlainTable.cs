using Spectre.Console;

namespace GeoTagService.Cli.Output;

/// <summary>Tables without colours and of a fixed width, the same on a terminal and in a file.</summary>
internal static class PlainTable
{
    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="output">Where to.</param>
    /// <param name="width">Most characters of a line.</param>
    public static void Write(Table table, TextWriter output, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = width;
        console.Write(table);
    }
}
