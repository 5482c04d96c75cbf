using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace GeoTagService.Cli.Commands;

/// <summary>An option that names a file which is written when all is measured; whether that can work is said before.</summary>
internal static class ReportFileOption
{
    /// <summary>An option of this name.</summary>
    public static Option<string?> Create(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "FILE" };
        option.Validators.Add(Check);
        return option;
    }

    /// <summary>Writes a report as JSON, where one is asked for.</summary>
    public static async Task WriteAsync<T>(string? file, T report, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        if (file is not null)
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, type) + "\n", cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The directory that a file would have to be written into, if it is not there.</summary>
    public static string? MissingDirectoryOf(string file) =>
        Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && !Directory.Exists(folder) ? folder : null;

    private static void Check(OptionResult option)
    {
        if (option.GetValueOrDefault<string?>() is not { Length: > 0 } file)
        {
            return;
        }

        if (Directory.Exists(file))
        {
            option.AddError($"{option.Option.Name}: {file} is a directory");
        }
        else if (MissingDirectoryOf(file) is { } folder)
        {
            option.AddError($"{option.Option.Name}: there is no directory {folder}");
        }
    }
}
