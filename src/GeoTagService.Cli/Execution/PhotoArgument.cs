using System.CommandLine.Parsing;

namespace GeoTagService.Cli.Execution;

/// <summary>A photo named on the command line.</summary>
internal static class PhotoArgument
{
    /// <summary>Refuses what looks like an option where a photo is expected: the parser would take a mistyped
    /// <c>--jsn</c> for the photo's name. A photo of such a name is given as <c>./--jsn</c>.</summary>
    public static void RejectOptions(ArgumentResult photo)
    {
        if (photo.Tokens.FirstOrDefault(token => token.Value is ['-', _, ..])?.Value is { } name)
        {
            photo.AddError(
                photo.Parent is CommandResult result ? UsageFaults.Unknown(name, result.Command) : $"'{name}' is not known here"
            );
        }
    }
}
