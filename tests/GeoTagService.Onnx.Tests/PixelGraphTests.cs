using GeoTagService.Core.Photos;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx.Tests;

/// <summary>The graph is for a card; its operators are those of any processor.</summary>
public sealed class PixelGraphTests
{
    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 33)]
    public void Pixels_AreThoseOfTheNormalizer(int count, int size)
    {
        float[] mean = [0.48145466f, 0.4578275f, 0.40821073f];
        float[] std = [0.26862954f, 0.26130258f, 0.27577711f];
        var bytes = new byte[count * size * size * 3];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 37);
        }

        using var session = new InferenceSession(PixelGraph.Write(size, mean, std));
        using var input = OrtValue.CreateTensorValueFromMemory(bytes, [count, size, size, 3]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [PixelGraph.Input], [input], [PixelGraph.Output]);

        var expected = new float[bytes.Length];
        var length = size * size * 3;
        for (var i = 0; i < count; i++)
        {
            ImageNormalizer.Normalize(bytes.AsSpan(i * length, length), mean, std, expected.AsSpan(i * length, length));
        }

        Assert.Equal([count, 3, size, size], outputs[0].GetTensorTypeAndShape().Shape);
        Assert.Equal(TensorElementType.Float, outputs[0].GetTensorTypeAndShape().ElementDataType);
        Assert.Equal(expected, outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }
}
