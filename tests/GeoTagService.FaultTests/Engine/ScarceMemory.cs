using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests.Engine;

/// <summary>A library that lets a process's aligned allocations fail on command, and the file through which it is told.</summary>
internal sealed class ScarceMemory : IDisposable
{
    private const string Source = "scarce.c";

    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-scarce-").FullName;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _told;

    /// <summary>Builds the library.</summary>
    public ScarceMemory()
    {
        var library = Path.Combine(_directory, "libscarce.so");
        using var compiler = Process.Start(
            Compiler!,
            ["-shared", "-fPIC", "-O2", "-o", library, Path.Combine(AppContext.BaseDirectory, "Engine", Source), "-ldl"]
        );
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        var told = Path.Combine(_directory, "told");
        File.WriteAllBytes(told, new byte[4 * sizeof(long)]);
        _file = MemoryMappedFile.CreateFromFile(told, FileMode.Open);
        _told = _file.CreateViewAccessor();
        Environment = new Dictionary<string, string> { ["LD_PRELOAD"] = library, ["SCARCE_FILE"] = told };
    }

    /// <summary>The C compiler of this machine, or null.</summary>
    public static string? Compiler { get; } =
        OperatingSystem.IsLinux()
            ? new[] { "cc", "gcc", "clang" }.FirstOrDefault(name => LocalMachine.FindProgram(name) is not null)
            : null;

    /// <summary>What the process is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Allocations that failed.</summary>
    public long Failed => _told.ReadInt64(2 * sizeof(long));

    /// <summary>Allocations that were asked for.</summary>
    public long Asked => _told.ReadInt64(3 * sizeof(long));

    /// <summary>Lets allocations fail.</summary>
    /// <param name="from">From this size on, in bytes.</param>
    /// <param name="count">How many at most.</param>
    public void Fail(long from, long count = long.MaxValue)
    {
        _told.Write(sizeof(long), count);
        _told.Write(0, from);
    }

    /// <summary>Lets them succeed again.</summary>
    public void Relent() => _told.Write(0, 0L);

    public void Dispose()
    {
        _told.Dispose();
        _file.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
