using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Commands;

/// <summary><c>--ids FILE</c>: which photos, and in which order, the same on every command of the competition.</summary>
internal sealed class IdsOption
{
    private const int MostNamed = 20;

    private readonly Option<string?> _ids = new("--ids")
    {
        Description = "CSV whose gridimage_id column says which photos, such as the competition's test.csv. Default: all.",
        HelpName = "FILE",
    };

    /// <summary>Adds the option.</summary>
    public void AddTo(Command command) => command.Options.Add(_ids);

    /// <summary>Reads the file, or gives null without one.</summary>
    /// <exception cref="CommandFailureException">It is not what it should be.</exception>
    public IReadOnlyList<long>? Read(ParseResult parsed, TextWriter error)
    {
        if (parsed.GetValue(_ids) is not { } path)
        {
            return null;
        }

        try
        {
            var table = IdTable.Read(path);
            if (table.Broken > 0)
            {
                error.WriteLine(
                    $"geotag: {path}: {Counted.Of(table.Broken, "broken line was", "broken lines were")} skipped; the first: {table.FirstFault}"
                );
            }

            return table.Ids;
        }
        catch (Exception fault) when (fault is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
        }
    }

    /// <summary>Names photos that were asked for and are not there.</summary>
    /// <param name="missing">Their numbers.</param>
    /// <param name="what">The end of the sentence: "are not in metadata.csv".</param>
    public static string Missing(IReadOnlyCollection<long> missing, string what) =>
        $"{Counted.Of(missing.Count, "photo")} of --ids {what}: {string.Join(", ", missing.Take(MostNamed))}{(missing.Count > MostNamed ? " …" : "")}";
}
