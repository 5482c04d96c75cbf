using GeoTagService.Models.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>A tower in ONNX Runtime, called with plain arrays.</summary>
internal sealed class ClipSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();

    public ClipSession(OnnxGraphBuilder graph) => _session = new InferenceSession(graph.ToBytes());

    public ClipSession(string path) => _session = new InferenceSession(path);

    public float[] EncodeImages(float[] pixels, int count, int size)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(pixels, [count, 3, size, size]);
        return Run("pixel_values", input, "image_embeds");
    }

    /// <summary>Rows of equal length.</summary>
    public float[] EncodeTitles(params int[][] rows)
    {
        var ids = rows.SelectMany(row => row.Select(id => (long)id)).ToArray();
        using var input = OrtValue.CreateTensorValueFromMemory(ids, [rows.Length, rows[0].Length]);
        return Run("input_ids", input, "text_embeds");
    }

    public void Dispose()
    {
        _options.Dispose();
        _session.Dispose();
    }

    private float[] Run(string inputName, OrtValue input, string outputName)
    {
        using var results = _session.Run(_options, [inputName], [input], [outputName]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
