namespace GeoTagService.Core.Bundles;

/// <summary>The command that installs the real model, in the form that works where this process runs.</summary>
public static class InstallationCommand
{
    private const string Installed = "geotag models pull";
    private const string OfAClone = "dotnet run --project src/GeoTagService.Cli -- models pull";

    /// <summary>What to type: from the root of a clone when this was built there, otherwise the installed tool.</summary>
    public static string Text { get; } = For(AppContext.BaseDirectory);

    /// <summary>The command for a program that lies in a directory.</summary>
    internal static string For(string directory)
    {
        for (var at = new DirectoryInfo(directory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "src", "GeoTagService.Cli", "GeoTagService.Cli.csproj")))
            {
                return OfAClone;
            }
        }

        return Installed;
    }
}
