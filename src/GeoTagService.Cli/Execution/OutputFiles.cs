namespace GeoTagService.Cli.Execution;

/// <summary>Files that a command writes, before it writes one.</summary>
internal static class OutputFiles
{
    /// <summary>Refuses names that would write over one another or over what is read.</summary>
    /// <param name="output">The output.</param>
    /// <param name="errors">Rejected items; null for a file beside the output.</param>
    /// <param name="inputs">What is read, as it was given.</param>
    /// <exception cref="CommandFailureException">Two of them are one file.</exception>
    public static void RequireApart(string output, string? errors, IEnumerable<string> inputs)
    {
        if (errors is not null && IsSame(output, errors))
        {
            throw new CommandFailureException(ExitCode.Usage, $"{output}: rows and rejected items cannot go into one file");
        }

        foreach (var written in new[] { output, errors ?? output + ".errors.ndjson" })
        {
            if (inputs.FirstOrDefault(input => IsSame(input, written)) is { } read)
            {
                throw new CommandFailureException(ExitCode.Usage, $"{written}: this is what is read ({read}); it would be written over");
            }
        }
    }

    private static bool IsSame(string one, string other) =>
        string.Equals(Path.GetFullPath(one), Path.GetFullPath(other), StringComparison.Ordinal);
}
