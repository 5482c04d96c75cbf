using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.ArchitectureTests;

/// <summary>The CUDA builds have lock files of their own, which nobody sees while he works on the CPU build.</summary>
public sealed class LockFileTests
{
    private const string Engine = "Microsoft.ML.OnnxRuntime";

    public static TheoryData<string> CudaLockFiles =>
        [
            .. new[] { "src", "bench", "tests" }
                .SelectMany(folder => Directory.EnumerateDirectories(Path.Combine(ReferenceData.RepositoryRoot, folder)))
                .SelectMany(project => Directory.EnumerateFiles(project, "packages.cuda*.lock.json"))
                .Select(path => Path.GetRelativePath(ReferenceData.RepositoryRoot, path)),
        ];

    [Theory]
    [MemberData(nameof(CudaLockFiles))]
    public void CudaBuild_DiffersInTheEngineAlone(string file)
    {
        var path = Path.Combine(ReferenceData.RepositoryRoot, file);

        var expected = Read(Path.Combine(Path.GetDirectoryName(path)!, "packages.lock.json"));
        var actual = Read(path);

        Assert.True(
            expected.SetEquals(actual),
            $"{file} is not up to date; .ci/lock writes all lock files. Different: {string.Join(", ", expected.Except(actual).Concat(actual.Except(expected)).Order())}"
        );
    }

    /// <summary>Every package with its version, under its platform, and what projects refer to.</summary>
    private static HashSet<string> Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return
        [
            .. from platform in document.RootElement.GetProperty("dependencies").EnumerateObject()
            from package in platform.Value.EnumerateObject()
            where !package.Name.StartsWith(Engine, StringComparison.OrdinalIgnoreCase)
            let version = package.Value.TryGetProperty("resolved", out var resolved) ? resolved.GetString() : "project"
            let uses = package.Value.TryGetProperty("dependencies", out var others) && version == "project"
                ? string.Join(
                    ' ',
                    others
                        .EnumerateObject()
                        .Select(other => other.Name)
                        .Where(name => !name.StartsWith(Engine, StringComparison.OrdinalIgnoreCase))
                        .Order(StringComparer.Ordinal)
                )
                : ""
            select $"{platform.Name} {package.Name} {version} {uses}",
        ];
    }
}
