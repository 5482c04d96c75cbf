using System.Text;

namespace GeoTagService.Testing.Archives;

/// <summary>Writes the two layouts of PyTorch's archives that weights are published in.</summary>
public static class PyTorchArchiveBuilder
{
    /// <summary>A state dictionary as <c>torch.save(module.state_dict())</c> writes it, float32.</summary>
    public static byte[] StateDictionary(IReadOnlyList<TestTensor> tensors, bool deflate = false, bool wide = false)
    {
        var pickle = new PickleBuilder().EmptyOrderedDictionary().Mark();
        var zip = new ZipBuilder { IsWide = wide };
        var storages = new List<byte[]>();
        foreach (var tensor in tensors)
        {
            pickle.Text(tensor.Name);
            pickle.Tensor("FloatStorage", $"{storages.Count}", tensor.Values.Length, 0, tensor.Shape, tensor.Strides());
            storages.Add(tensor.ToFloat32());
        }

        // The dictionary carries its modules' versions as an attribute.
        pickle.SetItems().EmptyDictionary().Mark().Text("_metadata").EmptyOrderedDictionary().SetItems().Build();
        zip.Add("archive/data.pkl", pickle.ToArray(), deflate);
        zip.Add("archive/byteorder", "little"u8.ToArray());
        for (var i = 0; i < storages.Count; i++)
        {
            zip.Add($"archive/data/{i}", storages[i], deflate);
        }

        return zip.Add("archive/version", "3\n"u8.ToArray()).ToArray();
    }

    /// <summary>A TorchScript archive with float16 storages: a tree of modules, and code that nobody reads.</summary>
    public static byte[] TorchScript(IReadOnlyList<TestTensor> tensors)
    {
        var pickle = new PickleBuilder();
        var zip = new ZipBuilder();
        var storages = new List<byte[]>();
        WriteModule(pickle, [.. tensors.Select(tensor => (tensor.Name.Split('.'), tensor))], storages);
        for (var i = 0; i < storages.Count; i++)
        {
            zip.Add($"model/data/{i}", storages[i]);
        }

        var code = Encoding.UTF8.GetBytes("class CLIP(Module):\n  training : bool\n");
        return zip.Add("model/data.pkl", pickle.ToArray())
            .Add("model/code/__torch__/clip.py", code, deflate: true)
            .Add("model/code/__torch__/clip.py.debug_pkl", [0x80, 2, (byte)')', (byte)'.'])
            .Add("model/constants.pkl", new PickleBuilder().Op(')').ToArray())
            .Add("model/version", "2\n"u8.ToArray())
            .ToArray();
    }

    private static void WriteModule(PickleBuilder pickle, List<(string[] Path, TestTensor Tensor)> content, List<byte[]> storages)
    {
        pickle.ScriptModule("clip.Module").EmptyDictionary().Mark();
        pickle.Text("training").Raw(0x89).Text("_is_full_backward_hook").Op('N');
        foreach (var group in content.GroupBy(item => item.Path[0]))
        {
            pickle.Text(group.Key);
            if (group.First() is { Path.Length: 1 } leaf)
            {
                var tensor = leaf.Tensor;
                pickle.Tensor("HalfStorage", $"{storages.Count}", tensor.Values.Length, 0, tensor.Shape, tensor.Strides());
                storages.Add(tensor.ToFloat16());
            }
            else
            {
                WriteModule(pickle, [.. group.Select(item => (item.Path[1..], item.Tensor))], storages);
            }
        }

        pickle.SetItems().Build();
    }
}
