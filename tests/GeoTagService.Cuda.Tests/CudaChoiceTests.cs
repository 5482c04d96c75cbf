using GeoTagService.Core;
using GeoTagService.NullCuda;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace GeoTagService.Cuda.Tests;

/// <summary>What happens where the card cannot be used: <c>auto</c> says so in one line and takes the CPU, <c>cuda</c> does not
/// start.</summary>
[Collection(NullCardTests.Name)]
public sealed class CudaChoiceTests(NullCardFixture fixture)
{
    public static TheoryData<NullCardField, long, string> Faults =>
        new()
        {
            { NullCardField.DeviceCount, 0, "no CUDA-capable device" },
            { NullCardField.DriverVersion, 12040, "driver is for CUDA 12.4, and CUDA 13 is needed" },
            { NullCardField.DriverVersion, 0, "no driver" },
            { NullCardField.FailAllocation, 1, "memory" },
            { NullCardField.FailAllocation, 5, "memory" },
            { NullCardField.MemoryBytes, 4 << 20, "memory" },
            { NullCardField.FailLaunch, 3, "the card was lost: an illegal memory access" },
            { NullCardField.GivesNaN, 1, "no numbers" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Auto_SaysWhyInOneLineAndTakesTheCpu(NullCardField field, long value, string reason)
    {
        var card = fixture.Take();
        card[field] = value;
        var logger = new FakeLogger<OnnxClipEngine>();

        using var encoder = OnCard.Load(OnCard.Bundle(), new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Auto }, logger);

        Assert.Equal("cpu", encoder.Runtime.ExecutionProvider);
        var line = Assert.Single(logger.Collector.GetSnapshot(), line => line.Id.Id == 2001);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains(reason, line.Message, StringComparison.Ordinal);
        card[NullCardField.IsLost] = 0;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Cuda_DoesNotStartAndSaysWhy(NullCardField field, long value, string reason)
    {
        var card = fixture.Take();
        card[field] = value;

        var fault = Assert.Throws<BundleException>(() => OnCard.Load(OnCard.Bundle()));

        Assert.StartsWith("GeoTag:Onnx:Accelerator is cuda, and CUDA cannot be used: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", fault.Message, StringComparison.Ordinal);
        card[NullCardField.IsLost] = 0;
    }

    [Fact]
    public void CardThatIsNotThere_IsNamed()
    {
        fixture.Take();

        var fault = Assert.Throws<BundleException>(() =>
            OnCard.Load(OnCard.Bundle(), new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cuda, DeviceId = 3 })
        );

        Assert.Contains("GeoTag:Onnx:DeviceId is 3, and there is 1 card, number 0", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cpu_DoesNotTouchTheCard()
    {
        var card = fixture.Take();
        var before = (card[NullCardField.DeviceAllocations], card[NullCardField.HandlesMade]);

        using var encoder = OnCard.Load(OnCard.Bundle(), new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu });

        Assert.Equal(
            ("cpu", before),
            (encoder.Runtime.ExecutionProvider, (card[NullCardField.DeviceAllocations], card[NullCardField.HandlesMade]))
        );
    }
}
