using System.Security.Cryptography;
using GeoTagService.Models.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Graphs;

public sealed class OnnxGraphBuilderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-graphs-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void AffineGraph_ComputesWhatItSays()
    {
        using var session = new InferenceSession(Affine(columns: 2).ToBytes());
        Assert.Equal([8f, 14f, 16f, 30f], Run(session, [1, 2, 3, 4], 2));
    }

    [Fact]
    public void SameCalls_GiveSameBytes() => Assert.Equal(Affine(7).ToBytes(), Affine(7).ToBytes());

    [Fact]
    public void LargeWeights_GoToADataFileThatGivesTheSameAnswer()
    {
        var graph = Affine(columns: 128);
        var input = Enumerable.Range(0, 2 * 128).Select(i => MathF.Sin(i)).ToArray();
        var path = Path.Combine(_directory, "affine.onnx");

        var files = graph.Save(path, largestSingleFile: 1024);

        Assert.Equal(["affine.onnx", "affine.onnx.data"], files);
        Assert.Equal(128 * 128 * sizeof(float), new FileInfo(path + ".data").Length);
        using var external = new InferenceSession(path);
        using var inline = new InferenceSession(graph.ToBytes());
        Assert.Equal(Run(inline, input, 2), Run(external, input, 2));
    }

    [Fact]
    public void SavedTwice_DataFilesAreEqual()
    {
        foreach (var name in new[] { "a.onnx", "b.onnx" })
        {
            Affine(columns: 128).Save(Path.Combine(_directory, name), largestSingleFile: 0);
        }

        Assert.Equal(Digest("a.onnx.data"), Digest("b.onnx.data"));

        string Digest(string name) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(_directory, name))));
    }

    [Fact]
    public void EqualConstants_AreStoredOnce()
    {
        var graph = new OnnxGraphBuilder("constants");
        Assert.Equal(graph.Scalar(2.5f), graph.Scalar(2.5f));
        Assert.NotEqual(graph.Scalar(2.5f), graph.Scalar(-2.5f));
        Assert.NotEqual(graph.Vector(1), graph.Index(1));
    }

    [Fact]
    public void NameTakenTwice_IsRefused()
    {
        var graph = new OnnxGraphBuilder("names");
        graph.Input("x", OnnxElementType.Float32, "n");
        Assert.Throws<ArgumentException>(() => graph.Weight("x", [1], [1f]));
    }

    [Fact]
    public void WeightOfWrongLength_IsRefused()
    {
        var graph = new OnnxGraphBuilder("lengths");
        graph.Weight("w", [3], [1f, 2f]);
        var error = Assert.Throws<InvalidOperationException>(() => graph.ToBytes());
        Assert.Equal("weight 'w' is 12 bytes by its shape but 8 were written", error.Message);
    }

    [Fact]
    public void OneValueUnderTwoNames_IsGivenTwice()
    {
        var graph = new OnnxGraphBuilder("twice");
        var y = graph.Relu(graph.Input("x", OnnxElementType.Float32, "n"));
        graph.Output("first", y, OnnxElementType.Float32, "n");
        graph.Output("second", y, OnnxElementType.Float32, "n");
        using var session = new InferenceSession(graph.ToBytes());
        using var x = OrtValue.CreateTensorValueFromMemory<float>([-1f, 1f], [2]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [x], ["first", "second"]);
        Assert.Equal([0f, 1f], results[0].GetTensorDataAsSpan<float>());
        Assert.Equal([0f, 1f], results[1].GetTensorDataAsSpan<float>());
    }

    /// <summary>y = x·W + 1 with W[i, j] = 2i + 2j + 1, so [[1, 3], [3, 5]] for two columns.</summary>
    private static OnnxGraphBuilder Affine(int columns)
    {
        var values = new float[columns * columns];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (2 * (i / columns)) + (2 * (i % columns)) + 1;
        }

        var graph = new OnnxGraphBuilder("affine");
        var x = graph.Input("x", OnnxElementType.Float32, "n", columns);
        var product = graph.MatMul(x, graph.Weight("w", [columns, columns], values));
        graph.Output("y", graph.Add(product, graph.Scalar(1)), OnnxElementType.Float32, "n", columns);
        return graph;
    }

    private static float[] Run(InferenceSession session, float[] input, int rows)
    {
        using var x = OrtValue.CreateTensorValueFromMemory(input, [rows, input.Length / rows]);
        using var options = new RunOptions();
        using var results = session.Run(options, ["x"], [x], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
