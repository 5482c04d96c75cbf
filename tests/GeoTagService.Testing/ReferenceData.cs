using System.Runtime.CompilerServices;

namespace GeoTagService.Testing;

/// <summary>
/// Finds the reference data (published heads, golden vectors) that lies beside the repository on some machines and
/// is never part of it. Tests that need it skip where it is absent.
/// </summary>
public static class ReferenceData
{
    /// <summary>Why a test that needs the reference data skips.</summary>
    public const string SkipReason = "the reference data is not beside this clone (../shared/reference)";

    /// <summary>The folder, or null where it is absent.</summary>
    public static string? Root { get; } = Find();

    /// <summary>For <c>SkipUnless</c>: whether the folder is there.</summary>
    public static bool IsAvailable => Root is not null;

    /// <summary>The repository's root folder.</summary>
    public static string RepositoryRoot { get; } = FindRepository();

    /// <summary>Path of a reference file; only call where <see cref="IsAvailable"/>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root ?? throw new InvalidOperationException(SkipReason), .. parts]);

    private static string? Find()
    {
        var candidate = Path.GetFullPath(Path.Combine(FindRepository(), "..", "shared", "reference"));
        return Directory.Exists(candidate) ? candidate : null;
    }

    private static string FindRepository([CallerFilePath] string thisFile = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(thisFile) })
        {
            for (var folder = start; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "GeoTagService.sln")))
                {
                    return folder;
                }
            }
        }

        throw new InvalidOperationException("GeoTagService.sln was not found above the test assembly");
    }
}
