namespace GeoTagService.Cli.Execution;

/// <summary>What the process ends with (documented in docs/use/cli.md).</summary>
internal static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Success = 0;

    /// <summary>At least one photo or title could not be done; standard error says which and why.</summary>
    public const int ItemsFailed = 1;

    /// <summary>The command line asks for something that does not exist or makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>The model, its files or the machine stand in the way.</summary>
    public const int Environment = 3;

    /// <summary>Interrupted, as shells count it (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
