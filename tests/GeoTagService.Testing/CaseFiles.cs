namespace GeoTagService.Testing;

/// <summary>The photos of tests/data/cases, each of a kind that was once answered wrongly.</summary>
public static class CaseFiles
{
    /// <summary>A file's bytes.</summary>
    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>Where a file lies.</summary>
    public static string PathOf(string name) => Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "cases", name);
}
