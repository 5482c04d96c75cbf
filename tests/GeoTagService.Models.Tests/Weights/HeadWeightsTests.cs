using System.Security.Cryptography;
using GeoTagService.Core;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Weights;

public sealed class HeadWeightsTests
{
    [Theory]
    [InlineData("linear-img", HeadKind.Linear, Modalities.Image, false)]
    [InlineData("linear-loc", HeadKind.Linear, Modalities.Location, false)]
    [InlineData("mlp-txt-loc-mixup", HeadKind.Mlp, Modalities.Title | Modalities.Location, true)]
    [InlineData("mlp-img-txt-loc", HeadKind.Mlp, Modalities.Image | Modalities.Title | Modalities.Location, false)]
    public void Name_SaysWhatTheHeadTakes(string name, HeadKind kind, Modalities modalities, bool mixUp)
    {
        Assert.Equal(new HeadName(kind, modalities, mixUp), HeadName.Parse(name));
        Assert.Equal(name, HeadName.Parse(name).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("linear")]
    [InlineData("mlp-mixup")]
    [InlineData("mlp-txt-img")]
    [InlineData("mlp-img-img")]
    [InlineData("tree-img")]
    [InlineData("mlp-img-mixup-loc")]
    public void OtherName_IsRefused(string name) => Assert.Throws<FormatException>(() => HeadName.Parse(name));

    [Fact]
    public void LinearHead_IsRead()
    {
        var weight = TestTensor.Patterned("weight", 49, 12);
        var bias = TestTensor.Patterned("bias", 49);
        var head = Read("linear-img-txt-loc-mixup.pth", weight, bias);

        Assert.Equal(("linear-img-txt-loc-mixup", HeadKind.Linear, true), (head.Name, head.Kind, head.MixUp));
        Assert.Equal(12, head.InputWidth);
        Assert.Equal(5, head.EmbeddingDimension);
        Assert.Equal(weight.Values, head.Layers[0].Weight);
        Assert.Equal(bias.Values, head.Layers[0].Bias);
    }

    [Fact]
    public void MlpHead_IsRead()
    {
        var last = TestTensor.Patterned("3.weight", 49, 3);
        var head = Read(
            "mlp-txt.pth",
            TestTensor.Patterned("0.weight", 3, 4),
            TestTensor.Patterned("0.bias", 3),
            last,
            TestTensor.Patterned("3.bias", 49)
        );

        Assert.Equal(2, head.Layers.Count);
        Assert.Equal((4, 3), (head.Layers[0].Inputs, head.Layers[0].Outputs));
        Assert.Equal(last.Values, head.Layers[1].Weight);
    }

    [Theory]
    [InlineData("linear-img-txt.pth", 49, 5, 49, "does not fit")]
    [InlineData("linear-loc.pth", 49, 3, 49, "does not fit")]
    [InlineData("linear-img.pth", 48, 4, 48, "48 outputs")]
    [InlineData("linear-img.pth", 49, 4, 48, "[48]")]
    [InlineData("my-head.pth", 49, 4, 49, "file's name")]
    [InlineData("mlp-img.pth", 49, 4, 49, "4 tensors")]
    public void WidthThatDoesNotFit_IsRefused(string name, long outputs, long inputs, long biases, string cause)
    {
        var exception = Assert.Throws<WeightsFormatException>(() =>
            Read(name, TestTensor.Patterned("weight", outputs, inputs), TestTensor.Patterned("bias", biases))
        );
        Assert.Contains(cause, exception.Message);
    }

    [Fact]
    public void NotFiniteWeight_IsRefused()
    {
        var weight = TestTensor.Patterned("weight", 49, 4);
        weight.Values[7] = float.NaN;

        var exception = Assert.Throws<WeightsFormatException>(() => Read("linear-img.pth", weight, TestTensor.Patterned("bias", 49)));
        Assert.Contains("not finite", exception.Message);
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void EveryPublishedHead_IsRead()
    {
        var rows = File.ReadLines(ReferenceData.PathOf("heads.csv")).Skip(1).Select(line => line.Split(',')).ToList();
        Assert.Equal(25, rows.Count);
        foreach (var row in rows)
        {
            var path = ReferenceData.PathOf("heads", row[0] + ".pth");
            Assert.Equal(row[2], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));

            var head = HeadWeights.Read(path);

            Assert.Equal(HeadName.Parse(row[0]), new HeadName(head.Kind, head.Modalities, head.MixUp));
            Assert.Equal(row[0] == "linear-loc" ? null : 512, head.EmbeddingDimension);
            Assert.Equal(head.Kind == HeadKind.Mlp ? 256 : 49, head.Layers[0].Outputs);
        }
    }

    private static HeadWeights Read(string name, params TestTensor[] tensors)
    {
        using var folder = new TemporaryFolder();
        return HeadWeights.Read(folder.Write(name, PyTorchArchiveBuilder.StateDictionary(tensors)));
    }
}
