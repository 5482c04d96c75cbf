using System.CommandLine;

namespace GeoTagService.Cli.Execution;

/// <summary>The option that names the host of buckets.</summary>
internal static class S3Endpoint
{
    /// <summary>Makes it.</summary>
    public static Option<string?> Create() =>
        new("--s3-endpoint") { Description = "The host of s3:// buckets. Default: AWS_ENDPOINT_URL, or AWS.", HelpName = "URL" };

    /// <summary>What it says.</summary>
    /// <exception cref="CommandFailureException">That is no address of a host.</exception>
    public static string? Read(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is not { } given ? null
        : Uri.TryCreate(given, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") ? given
        : throw new CommandFailureException(ExitCode.Usage, $"{option.Name}: '{given}' is not an address such as https://s3.example.org");
}
