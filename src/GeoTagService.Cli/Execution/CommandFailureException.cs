using GeoTagService.Core;

namespace GeoTagService.Cli.Execution;

/// <summary>Ends a command: the message becomes the one line on standard error.</summary>
internal sealed class CommandFailureException : Exception
{
    public CommandFailureException(int exitCode, string message)
        : base(message)
    {
        Code = exitCode;
    }

    public CommandFailureException(int exitCode, string message, Exception innerException)
        : base(message, innerException)
    {
        Code = exitCode;
    }

    /// <summary>One of <see cref="ExitCode"/>.</summary>
    public int Code { get; }

    /// <summary>A tagging error as the command line tells it.</summary>
    /// <param name="error">The error.</param>
    /// <param name="subject">The photo or title that it is about, or null.</param>
    public static CommandFailureException From(TaggingError error, string? subject) =>
        new(ExitCodeOf(error.Code), Describe(error, subject));

    /// <summary>One line for standard error.</summary>
    public static string Describe(TaggingError error, string? subject) => subject is null ? error.Detail : $"{subject}: {error.Detail}";

    /// <summary>A value that the user typed is usage, a photo that cannot be read is an item, the rest is the machine.</summary>
    public static int ExitCodeOf(TaggingErrorCode code) =>
        code switch
        {
            TaggingErrorCode.Malformed or TaggingErrorCode.InvalidValue or TaggingErrorCode.MissingInput or TaggingErrorCode.Conflict =>
                ExitCode.Usage,
            TaggingErrorCode.InvalidImage
            or TaggingErrorCode.ImageTooLarge
            or TaggingErrorCode.UnsupportedMedia
            or TaggingErrorCode.InvalidText
            or TaggingErrorCode.InferenceFailed => ExitCode.ItemsFailed,
            _ => ExitCode.Environment,
        };
}
