namespace GeoTagService.Api.Hosting;

/// <summary>Settings (<c>appsettings.json</c>) and the page lie beside the program, from wherever it is started.</summary>
internal static class ProgramFolder
{
    private const string ContentRoot = "contentRoot";

    /// <summary>What the host is built from: the program's folder as the content root, unless somebody names another one.</summary>
    /// <param name="args">The command line.</param>
    public static WebApplicationOptions Options(string[] args) => new()
    {
        Args = args,
        ContentRootPath = IsNamed(args) ? null : AppContext.BaseDirectory,
    };

    /// <summary>A file of settings in the working directory that is not read, and is not the one that is; null when there is none. Whoever
    /// put it there may think that it holds.</summary>
    /// <param name="contentRoot">Where settings are read.</param>
    public static string? OverlookedSettings(string contentRoot)
    {
        var (here, there) = (Path.GetFullPath("appsettings.json"), Path.GetFullPath(Path.Combine(contentRoot, "appsettings.json")));
        return here == there || !File.Exists(here) || (File.Exists(there) && File.ReadAllText(here) == File.ReadAllText(there)) ? null : here;
    }

    private static bool IsNamed(string[] args) =>
        Array.Exists(args, argument => argument.TrimStart('-', '/').StartsWith(ContentRoot, StringComparison.OrdinalIgnoreCase))
        || Environment.GetEnvironmentVariable("ASPNETCORE_CONTENTROOT") is { Length: > 0 }
        || Environment.GetEnvironmentVariable("DOTNET_CONTENTROOT") is { Length: > 0 };
}
