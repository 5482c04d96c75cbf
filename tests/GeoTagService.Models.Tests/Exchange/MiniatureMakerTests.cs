using GeoTagService.Testing;

namespace GeoTagService.Models.Tests.Exchange;

/// <summary>The maker of the miniature, which nothing of the product needs, still runs: each of its parts once.</summary>
public sealed class MiniatureMakerTests
{
    [Fact]
    public void Maker_PassesItsOwnTests()
    {
        var python = OtherPrograms.MakersPython;
        Assert.SkipWhen(python is null, "no python3 with PyTorch, NumPy and Pillow is on this machine (tools/miniature/README.md)");

        var (code, said) = OtherPrograms.In(
            Path.Combine(ReferenceData.RepositoryRoot, "tools", "miniature"),
            python!,
            "-B",
            "-m",
            "unittest",
            "discover",
            "tests"
        );

        Assert.True(code == 0, said);
        Assert.Contains("Ran 7 tests", said, StringComparison.Ordinal);
        Assert.DoesNotContain("skipped", said, StringComparison.Ordinal);
    }
}
