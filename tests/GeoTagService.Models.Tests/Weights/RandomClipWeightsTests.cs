using GeoTagService.Core.Bundles;
using GeoTagService.Models.Weights;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Weights;

public sealed class RandomClipWeightsTests
{
    private static readonly BundleGeometry Geometry = new(16, new VisionGeometry(64, 32, 64, 2, 1), new TextGeometry(9, 50, 64, 2, 1));

    [Theory]
    [InlineData("float32")]
    [InlineData("float16")]
    public void WrittenFile_ReadsBackEqual(string dataType)
    {
        using var folder = new TemporaryFolder();
        var path = folder.PathOf("random.safetensors");
        using var random = new RandomClipWeights(Geometry, 7);
        random.WriteSafetensors(path, dataType);

        using var read = ClipWeights.Open(path);
        Assert.Equal(Geometry, read.Geometry);
        foreach (var (name, _) in ClipTensorNames.Of(Geometry))
        {
            var expected = random.Read(name);
            Assert.Equal(dataType == "float16" ? Array.ConvertAll(expected, value => (float)(Half)value) : expected, read.Read(name));
        }
    }

    [Fact]
    public void SameSeed_GivesTheSameWeights_OtherSeedOthers()
    {
        const string name = "visual.transformer.resblocks.1.mlp.c_fc.weight";
        var first = new RandomClipWeights(Geometry, 1).Read(name);

        Assert.Equal(first, new RandomClipWeights(Geometry, 1).Read(name));
        Assert.NotEqual(first, new RandomClipWeights(Geometry, 2).Read(name));
    }

    [Fact]
    public void Weights_HaveTheStatedScale()
    {
        var values = new RandomClipWeights(Geometry, 3).Read("transformer.resblocks.0.attn.in_proj_weight");
        var deviation = Math.Sqrt(values.Average(value => (double)value * value));

        Assert.All(values, value => Assert.True(float.IsFinite(value)));
        Assert.InRange(deviation, 0.97 / 8, 1.03 / 8);
    }
}
