using System.Text;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Sources;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;

namespace GeoTagService.Models.Tests.Sources;

public sealed class SourceManifestTests
{
    [Fact]
    public void Published_PinsEveryUsefulHead()
    {
        var heads = SourceManifest.Published().Heads;

        Assert.Equal(PublishedHeads.All.Keys.Order(), heads.Select(head => head.Sha256).Order());
        Assert.All(heads, head => Assert.Equal(PublishedHeads.All[head.Sha256].Name + ".pth", head.Name));
        Assert.All(heads, head => Assert.EndsWith("/heads/" + head.Name, head.Url.AbsolutePath));
        Assert.DoesNotContain(heads, head => head.Name.StartsWith(PublishedHeads.Useless + ".", StringComparison.Ordinal));
    }

    [Fact]
    public void Published_PrefersWeightsToAdoptedGraphs()
    {
        var manifest = SourceManifest.Published();

        Assert.Equal(RandomClipWeights.VitB32, manifest.Geometry);
        Assert.Equal(
            [EncoderSourceKind.Weights, EncoderSourceKind.Weights, EncoderSourceKind.OnnxPair],
            manifest.Clip.Select(home => home.Kind)
        );
        Assert.Equal(
            ["pytorch_model.bin", "ViT-B-32.pt", "vision_model.onnx", "text_model.onnx"],
            manifest.Clip.SelectMany(home => home.Files).Select(file => file.Name)
        );
        Assert.All(manifest.Clip.SelectMany(home => home.Files), file => Assert.Equal("https", file.Url.Scheme));
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void Published_AgreesWithTheReference()
    {
        var manifest = SourceManifest.Published();
        var rows = File.ReadLines(ReferenceData.PathOf("heads.csv"))
            .Skip(1)
            .Select(line => line.Split(','))
            .Where(row => row[0] != PublishedHeads.Useless)
            .Select(row => (row[0] + ".pth", row[1], row[2]));

        Assert.Equal(rows, manifest.Heads.Select(head => (head.Name, $"{head.Bytes}", head.Sha256)));
        Assert.Equal(new FileInfo(ReferenceData.PathOf(manifest.Vocabulary.Name)).Length, manifest.Vocabulary.Bytes);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{")]
    public void OtherJson_IsRefused(string json) =>
        Assert.Throws<PullException>(() => SourceManifest.Parse(new MemoryStream(Encoding.UTF8.GetBytes(json))));

    [Theory]
    [InlineData("\"name\": \"ViT-B-32.pt\"", "\"name\": \"../ViT-B-32.pt\"")]
    [InlineData("924691ac", "924691AC")]
    [InlineData("924691ac", "924691a")]
    [InlineData("1356917", "-1356917")]
    [InlineData("\"kind\": \"onnxPair\"", "\"kind\": \"weights\"")]
    [InlineData("\"bundle\"", "\"bundel\"")]
    public void WrongPin_IsRefused(string right, string wrong)
    {
        var path = Path.Combine(ReferenceData.RepositoryRoot, "src", "GeoTagService.Models", "Sources", "sources.json");
        var text = File.ReadAllText(path);
        Assert.Contains(right, text);

        Assert.Throws<PullException>(() => SourceManifest.Parse(new MemoryStream(Encoding.UTF8.GetBytes(text.Replace(right, wrong)))));
    }
}
