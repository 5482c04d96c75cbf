namespace GeoTagService.Cli.Tests;

/// <summary>One run of the tool in this process: what it printed and how it ended.</summary>
internal sealed record GeotagRun(int ExitCode, string Output, string Error)
{
    public static async Task<GeotagRun> Of(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CommandRunner.RunAsync(arguments, output, error, TestContext.Current.CancellationToken);
        return new GeotagRun(code, output.ToString(), error.ToString());
    }

    /// <summary>The run did what it was asked; returns what it printed.</summary>
    public string Succeeds()
    {
        Assert.True(ExitCode == Cli.Execution.ExitCode.Success, $"exit code {ExitCode}: {Error}");
        return Output;
    }

    /// <summary>The run ended with this code, printed no data, and said why in lines that a user can read.</summary>
    public void Fails(int exitCode, params string[] says)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}: {Error}");
        Assert.Empty(Output);
        Assert.All(Error.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("geotag: ", line, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.All(says, part => Assert.Contains(part, Error, StringComparison.Ordinal));
    }
}
