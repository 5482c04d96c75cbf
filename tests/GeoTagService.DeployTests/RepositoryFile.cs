using GeoTagService.Testing;

namespace GeoTagService.DeployTests;

/// <summary>Files of this repository.</summary>
internal static class RepositoryFile
{
    /// <summary>Path of one.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([ReferenceData.RepositoryRoot, .. parts]);
}
