using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Weights;

public sealed class ClipWeightsTests
{
    public static TheoryData<string, byte[]> Layouts { get; } =
        new()
        {
            { "openai.pt", PyTorchArchiveBuilder.TorchScript(SmallClip.OpenAi) },
            { "openai.bin", PyTorchArchiveBuilder.StateDictionary(SmallClip.OpenAi) },
            { "openai.safetensors", SafetensorsBuilder.File(SmallClip.OpenAi) },
            { "huggingface.bin", PyTorchArchiveBuilder.StateDictionary(SmallClip.HuggingFace) },
            { "huggingface-deflated.bin", PyTorchArchiveBuilder.StateDictionary(SmallClip.HuggingFace, deflate: true) },
            { "huggingface-zip64.bin", PyTorchArchiveBuilder.StateDictionary(SmallClip.HuggingFace, wide: true) },
            { "huggingface.safetensors", SafetensorsBuilder.File(SmallClip.HuggingFace) },
        };

    [Theory]
    [MemberData(nameof(Layouts), DisableDiscoveryEnumeration = true)]
    public void EveryLayout_GivesTheSameTensors(string name, byte[] content)
    {
        using var folder = new TemporaryFolder();
        folder.Write("config.json", System.Text.Encoding.UTF8.GetBytes(SmallClip.Configuration));
        using var weights = ClipWeights.Open(folder.Write(name, content));

        Assert.Equal(new BundleGeometry(6, new VisionGeometry(8, 4, 8, 2, 2), new TextGeometry(5, 7, 4, 1, 1)), weights.Geometry);
        foreach (var tensor in SmallClip.OpenAi.Where(tensor => tensor.Name != "logit_scale"))
        {
            Assert.Equal(tensor.Values, weights.Read(tensor.Name));
        }
    }

    [Theory(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    [InlineData("openai-torchscript.pt")]
    [InlineData("pytorch_model.bin")]
    [InlineData("huggingface.safetensors")]
    public void EveryPublishedLayout_GivesTheTensorsOfTheFirst(string name)
    {
        using var expected = ClipWeights.Open(ReferenceData.PathOf("golden", "layouts", "openai.safetensors"));
        using var actual = ClipWeights.Open(ReferenceData.PathOf("golden", "layouts", name));

        Assert.Equal(
            new BundleGeometry(512, new VisionGeometry(224, 32, 128, 3, 2), new TextGeometry(77, 1024, 64, 2, 1)),
            actual.Geometry
        );
        Assert.Equal(expected.Geometry, actual.Geometry);
        foreach (var (tensor, _) in ClipTensorNames.Of(expected.Geometry))
        {
            Assert.Equal(expected.Read(tensor), actual.Read(tensor));
        }
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public void FlatConfiguration_StatesTheHeads()
    {
        using var weights = ClipWeights.Open(ReferenceData.PathOf("golden", "small", "model.safetensors"));

        Assert.Equal(2, weights.Geometry.Text.AttentionHeads);
        Assert.Equal(1, weights.Geometry.Vision.AttentionHeads);
    }

    [Fact]
    public void NoConfigurationAndOddWidth_IsRefused() => AssertRefused(SafetensorsBuilder.File(SmallClip.OpenAi), null, "8 wide");

    [Fact]
    public void HeadsThatDoNotDivideTheWidth_AreRefused() =>
        AssertRefused(SafetensorsBuilder.File(SmallClip.OpenAi), """{"vision_heads":3,"transformer_heads":1}""", "3 attention heads");

    [Fact]
    public void OtherActivation_IsRefused() =>
        AssertRefused(SafetensorsBuilder.File(SmallClip.OpenAi), """{"hidden_act":"gelu"}""", "'gelu'");

    [Fact]
    public void DamagedConfiguration_IsRefused() => AssertRefused(SafetensorsBuilder.File(SmallClip.OpenAi), "{", "config.json");

    [Fact]
    public void MissingTensor_IsNamed() =>
        AssertRefused(
            SafetensorsBuilder.File([.. SmallClip.OpenAi.Where(tensor => tensor.Name != "ln_final.bias")]),
            SmallClip.Configuration,
            "'ln_final.bias' is missing"
        );

    [Fact]
    public void MisshapenTensor_IsNamed() =>
        AssertRefused(
            SafetensorsBuilder.File([
                .. SmallClip.OpenAi.Select(tensor => tensor.Name == "text_projection" ? TestTensor.Patterned(tensor.Name, 4, 5) : tensor),
            ]),
            SmallClip.Configuration,
            "'text_projection' has the shape [4, 5], not [4, 6]"
        );

    [Fact]
    public void SurplusTensor_IsRefused() =>
        AssertRefused(
            SafetensorsBuilder.File([.. SmallClip.OpenAi, TestTensor.Patterned("visual.conv1.bias", 8)]),
            SmallClip.Configuration,
            "'visual.conv1.bias'"
        );

    [Fact]
    public void ResNetTower_IsRefused() =>
        AssertRefused(
            SafetensorsBuilder.File([
                TestTensor.Patterned("visual.conv1.weight", 4, 3, 3, 3),
                TestTensor.Patterned("visual.layer1.0.conv1.weight", 4, 4, 1, 1),
            ]),
            null,
            "ResNet"
        );

    [Fact]
    public void OtherNetwork_IsRefused() =>
        AssertRefused(SafetensorsBuilder.File([TestTensor.Patterned("fc.weight", 2, 2)]), null, "'fc.weight'");

    private static void AssertRefused(byte[] content, string? configuration, string cause)
    {
        using var folder = new TemporaryFolder();
        if (configuration is not null)
        {
            folder.Write("config.json", System.Text.Encoding.UTF8.GetBytes(configuration));
        }

        var path = folder.Write("weights.safetensors", content);
        var exception = Assert.Throws<WeightsFormatException>(() => ClipWeights.Open(path).Dispose());
        Assert.Contains(cause, exception.Message);
    }
}
