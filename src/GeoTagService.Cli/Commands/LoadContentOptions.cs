using System.CommandLine;
using GeoTagService.Bench.Load;

namespace GeoTagService.Cli.Commands;

/// <summary>What requests of a load hold: the same options on every command that sends some.</summary>
internal sealed class LoadContentOptions
{
    private readonly Option<string?> _photos = new("--photos")
    {
        Description = "Directory of JPEGs. Default: synthetic ones of 640 × 480.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _titles = new("--titles")
    {
        Description = "File of titles, one a line. Default: synthetic ones.",
        HelpName = "FILE",
    };

    private readonly Option<string> _mode = new("--mode")
    {
        Description = "What each request holds: photo, title or photo+title (default).",
        HelpName = "MODE",
        DefaultValueFactory = _ => LoadModeNames.NameOf(LoadModeNames.Default),
    };

    /// <summary>Creates the options.</summary>
    public LoadContentOptions() => _mode.AcceptOnlyFromAmong(LoadModeNames.All);

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_photos);
        command.Options.Add(_titles);
        command.Options.Add(_mode);
    }

    /// <summary>What each request holds.</summary>
    public LoadMode Mode(ParseResult parsed) => LoadModeNames.Parse(parsed.GetValue(_mode)!);

    /// <summary>Reads or makes the content.</summary>
    public LoadContent Open(ParseResult parsed, int seed) =>
        LoadContent.Create(Mode(parsed), parsed.GetValue(_photos), parsed.GetValue(_titles), seed);
}
