using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Archives.PyTorch;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Exchange;

/// <summary>How a head's file is written for other programs.</summary>
public enum HeadFormat
{
    /// <summary>A PyTorch state dict, as the heads were published: <c>weight</c>, <c>bias</c>; of an MLP <c>0.weight</c>,
    /// <c>0.bias</c>, <c>3.weight</c>, <c>3.bias</c>.</summary>
    Pth,

    /// <summary>The same tensors as safetensors.</summary>
    Safetensors,
}

/// <summary>Gives heads back as tensors.</summary>
public static class BundleHeads
{
    /// <summary>Reads a head of a bundle.</summary>
    /// <exception cref="BundleException">Its graph is not one of this program's, so that its weights cannot be told.</exception>
    public static HeadWeights Read(Bundle bundle, BundleHead head)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(head);
        using var weights = OnnxInitializers.Of(bundle, head.File);
        var layers = new List<HeadLayer>();
        for (var i = 0; i < (head.Kind == HeadKind.Linear ? 1 : 2); i++)
        {
            if (weights.ShapeOf($"layer_{i}.weight") is not [var outputs, var inputs] || !weights.Has($"layer_{i}.bias", outputs))
            {
                throw new BundleException($"head '{head.Name}' is a graph of another program; its weights cannot be exported");
            }

            layers.Add(new HeadLayer(weights.Read($"layer_{i}.weight"), weights.Read($"layer_{i}.bias"), (int)inputs, (int)outputs));
        }

        return new HeadWeights(head.Name, head.Kind, head.Modalities, head.MixUp, layers);
    }

    /// <summary>Ending of a format's files, with its dot.</summary>
    public static string Extension(HeadFormat format) => format == HeadFormat.Pth ? ".pth" : ".safetensors";

    /// <summary>Writes a head.</summary>
    /// <param name="stream">Receives the file; seekable.</param>
    /// <param name="head">The head.</param>
    /// <param name="format">How.</param>
    public static void Write(Stream stream, HeadWeights head, HeadFormat format)
    {
        ArgumentNullException.ThrowIfNull(head);
        var prefixes = head.Kind == HeadKind.Linear ? new[] { string.Empty } : ["0.", "3."];
        var tensors = head
            .Layers.Zip(prefixes)
            .SelectMany(pair =>
                new (string Name, IReadOnlyList<long> Shape, float[] Values)[]
                {
                    (pair.Second + "weight", [pair.First.Outputs, pair.First.Inputs], pair.First.Weight),
                    (pair.Second + "bias", [pair.First.Outputs], pair.First.Bias),
                }
            )
            .ToList();
        if (format == HeadFormat.Pth)
        {
            PyTorchWriter.Write(stream, head.Name, tensors);
            return;
        }

        using var writer = new SafetensorsWriter(
            stream,
            [.. tensors.Select(tensor => new ArchivedTensor(tensor.Name, "float32", tensor.Shape))]
        );
        foreach (var (name, _, values) in tensors)
        {
            writer.Write(name, values);
        }
    }
}
