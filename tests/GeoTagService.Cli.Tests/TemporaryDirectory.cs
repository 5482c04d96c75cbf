namespace GeoTagService.Cli.Tests;

/// <summary>A directory for the time of a test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private const string SharedMemory = "/dev/shm";

    private readonly DirectoryInfo _directory;

    /// <summary>Creates the directory.</summary>
    /// <param name="inMemory">Whether to make it in memory where the system has such a place: for tests that write to disk, and
    /// wait for it, thousands of times.</param>
    public TemporaryDirectory(bool inMemory = false) =>
        _directory =
            inMemory && Directory.Exists(SharedMemory)
                ? Directory.CreateDirectory(Path.Combine(SharedMemory, $"geotag-cli-{Guid.NewGuid():N}"))
                : Directory.CreateTempSubdirectory("geotag-cli-");

    public string Root => _directory.FullName;

    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        var path = PathOf(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
