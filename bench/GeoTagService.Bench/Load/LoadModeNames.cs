namespace GeoTagService.Bench.Load;

/// <summary>What a load's modes are called in options and reports.</summary>
public static class LoadModeNames
{
    /// <summary>The mode of a load that names none.</summary>
    public const LoadMode Default = LoadMode.PhotoAndTitle;

    private static readonly Dictionary<LoadMode, string> Names = new()
    {
        [LoadMode.Photo] = "photo",
        [LoadMode.Title] = "title",
        [LoadMode.PhotoAndTitle] = "photo+title",
    };

    /// <summary>All names.</summary>
    public static string[] All => [.. Names.Values];

    /// <summary>Name of a mode.</summary>
    public static string NameOf(LoadMode mode) => Names[mode];

    /// <summary>Mode of a name.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static LoadMode Parse(string name) =>
        Names.FirstOrDefault(pair => pair.Value == name) is { Value: not null } found
            ? found.Key
            : throw new ArgumentException($"there is no mode '{name}'", nameof(name));
}
