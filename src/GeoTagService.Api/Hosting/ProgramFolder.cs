namespace GeoTagService.Api.Hosting;

/// <summary>Settings (<c>appsettings.json</c>) and the page lie beside the program, from wherever it is started.</summary>
internal static class ProgramFolder
{
    private const string ContentRoot = "contentRoot";

    /// <summary>What the host is built from: the program's folder as the content root, unless somebody names another one. A name without a
    /// folder behind it waits for <see cref="MissingRoot"/>: the host would end with its own fault before anything could be said.</summary>
    /// <param name="args">The command line.</param>
    public static WebApplicationOptions Options(string[] args) =>
        new() { Args = args, ContentRootPath = Named(args) is { } named && Directory.Exists(named) ? null : AppContext.BaseDirectory };

    /// <summary>The content root that somebody named and that is no folder, or null.</summary>
    /// <param name="args">The command line.</param>
    public static string? MissingRoot(string[] args) => Named(args) is { } named && !Directory.Exists(named) ? named : null;

    /// <summary>A file of settings in the working directory that is not read, and is not the one that is; null when there is none. Whoever
    /// put it there may think that it holds.</summary>
    /// <param name="contentRoot">Where settings are read.</param>
    public static string? OverlookedSettings(string contentRoot)
    {
        var (here, there) = (Path.GetFullPath("appsettings.json"), Path.GetFullPath(Path.Combine(contentRoot, "appsettings.json")));
        return here == there || !File.Exists(here) || (File.Exists(there) && File.ReadAllText(here) == File.ReadAllText(there))
            ? null
            : here;
    }

    /// <summary>The content root that is named, as the host finds it: relative to the program, not to where it is started.</summary>
    private static string? Named(string[] args)
    {
        var named = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_")
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddCommandLine(args)
            .Build()[ContentRoot];
        return string.IsNullOrEmpty(named) ? null : Path.Combine(AppContext.BaseDirectory, named);
    }
}
