using GeoTagService.Core.Bundles;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Bundles;

public sealed class BundleLocatorTests : IDisposable
{
    private readonly string _models = Directory.CreateTempSubdirectory("geotag-models-").FullName;

    public void Dispose() => Directory.Delete(_models, recursive: true);

    [Fact]
    public void NamedBundle_IsServed()
    {
        var copy = new BundleCopy(_models, "mine");
        var located = BundleLocator.Locate(new TaggingOptions { Bundle = copy.Directory, ModelsDirectory = "/nowhere" });
        Assert.Equal(copy.Directory, located.Bundle.Origin);
        Assert.Contains("GeoTag:Bundle names", located.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NamedBundleThatIsInvalid_StopsTheStart()
    {
        _ = new BundleCopy(_models, "valid");
        var broken = Path.Combine(_models, "broken");
        Directory.CreateDirectory(broken);
        var options = new TaggingOptions { Bundle = broken, ModelsDirectory = _models };
        Assert.Throws<BundleException>(() => BundleLocator.Locate(options));
    }

    [Fact]
    public void NewestValidBundle_IsServedAndInvalidOnesAreNamed()
    {
        var (old, newer, damaged) = (new BundleCopy(_models, "a"), new BundleCopy(_models, "b"), new BundleCopy(_models, "c"));
        Age(old, days: 3);
        Age(newer, days: 2);
        Age(damaged, days: 1);
        File.Delete(damaged.PathOf("text.onnx"));

        var located = BundleLocator.Locate(new TaggingOptions { ModelsDirectory = _models });

        Assert.Equal(newer.Directory, located.Bundle.Origin);
        Assert.Contains($"Passed over: bundle {damaged.Directory}: text.onnx is missing", located.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void BundleInTheMaking_IsNotLookedAt()
    {
        _ = new BundleCopy(_models, ".a.1.building");
        Assert.Equal("embedded", BundleLocator.Locate(new TaggingOptions { ModelsDirectory = _models }).Bundle.Origin);
    }

    [Fact]
    public void NothingInstalled_ServesTheMiniatureAndSaysHowToGetTheRealModel()
    {
        var located = BundleLocator.Locate(new TaggingOptions { ModelsDirectory = Path.Combine(_models, "absent") });
        Assert.Equal("embedded", located.Bundle.Origin);
        Assert.Contains(InstallationCommand.Text, located.Reason, StringComparison.Ordinal);
    }

    private static void Age(BundleCopy copy, int days) =>
        File.SetLastWriteTimeUtc(copy.PathOf("bundle.json"), new DateTime(2024, 6, 30, 0, 0, 0, DateTimeKind.Utc).AddDays(-days));
}
