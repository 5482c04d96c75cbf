using GeoTagService.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>What a file must look like from outside; checked when it is loaded, so that no request can find out.</summary>
internal static class GraphContract
{
    /// <summary>A dimension of any size.</summary>
    public const int Any = -1;

    /// <summary>Checks that a graph has exactly these inputs.</summary>
    public static void RequireInputs(InferenceSession session, string file, params ReadOnlySpan<string> names)
    {
        foreach (var name in session.InputMetadata.Keys)
        {
            if (!names.Contains(name))
            {
                throw new BundleException(
                    $"{file}: the graph has an input '{name}' that nothing fills; expected {string.Join(", ", names.ToArray())}"
                );
            }
        }
    }

    /// <summary>Checks an input's name, type and shape.</summary>
    public static void RequireInput(
        InferenceSession session,
        string file,
        string name,
        TensorElementType type,
        params ReadOnlySpan<int> shape
    ) => Require(session.InputMetadata, "input", file, name, type, shape);

    /// <summary>Checks an output's name, type and shape.</summary>
    public static void RequireOutput(
        InferenceSession session,
        string file,
        string name,
        TensorElementType type,
        params ReadOnlySpan<int> shape
    ) => Require(session.OutputMetadata, "output", file, name, type, shape);

    private static void Require(
        IReadOnlyDictionary<string, NodeMetadata> nodes,
        string kind,
        string file,
        string name,
        TensorElementType type,
        ReadOnlySpan<int> shape
    )
    {
        if (!nodes.TryGetValue(name, out var node) || !node.IsTensor)
        {
            throw new BundleException($"{file}: the graph has no {kind} '{name}'; it has {string.Join(", ", nodes.Keys)}");
        }

        if (node.ElementDataType != type)
        {
            throw new BundleException($"{file}: {kind} '{name}' is {node.ElementDataType}, not {type}");
        }

        var fits = node.Dimensions.Length == shape.Length;
        for (var i = 0; fits && i < shape.Length; i++)
        {
            // The graph may leave open (-1) what we know, never the other way round.
            fits = node.Dimensions[i] == shape[i] || node.Dimensions[i] < 0;
        }

        if (!fits)
        {
            throw new BundleException($"{file}: {kind} '{name}' has the shape {Spell(node.Dimensions)}, not {Spell(shape)}");
        }
    }

    private static string Spell(ReadOnlySpan<int> shape)
    {
        var sizes = new string[shape.Length];
        for (var i = 0; i < shape.Length; i++)
        {
            sizes[i] = shape[i] < 0 ? "any" : shape[i].ToString();
        }

        return $"[{string.Join(", ", sizes)}]";
    }
}
