using GeoTagService.Core;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>A weight whose values lie in a file beside its graph.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">Its elements; the numbers are those of ONNX.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="File">Name of the file.</param>
/// <param name="Offset">Where its values begin, bytes.</param>
/// <param name="Length">How many bytes they are.</param>
internal sealed record ExternalTensor(string Name, TensorElementType Type, long[] Shape, string File, long Offset, long Length);

/// <summary>Finds a graph's external weights: the few fields of ONNX's ModelProto that lead to them.</summary>
internal static class ExternalTensors
{
    private const int ModelGraph = 7;
    private const int GraphInitializer = 5;
    private const int TensorDims = 1,
        TensorType = 2,
        TensorName = 8,
        TensorExternal = 13,
        TensorLocation = 14;
    private const int EntryKey = 1,
        EntryValue = 2;
    private const int LocationExternal = 1;

    /// <summary>Reads them, in the order of the graph.</summary>
    /// <param name="model">The graph's file.</param>
    /// <param name="file">Its name, for faults.</param>
    /// <exception cref="BundleException">The file is no ONNX graph.</exception>
    public static IReadOnlyList<ExternalTensor> Read(byte[] model, string file)
    {
        var found = new List<ExternalTensor>();
        try
        {
            Fields(new CodedInputStream(model), (input, field, _) => field == ModelGraph && Message(input, ReadGraph));
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or FormatException or OverflowException)
        {
            throw new BundleException($"{file}: it is no ONNX graph: {fault.Message}", fault);
        }

        return found;

        bool ReadGraph(CodedInputStream input, int field, WireFormat.WireType type) => field == GraphInitializer && Tensor(input, found);
    }

    private static bool Tensor(CodedInputStream graph, List<ExternalTensor> found)
    {
        var shape = new List<long>();
        var (name, type, isExternal) = ("", 0, false);
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        Message(
            graph,
            (input, field, wire) =>
            {
                switch (field)
                {
                    case TensorDims when wire == WireFormat.WireType.LengthDelimited:
                        var packed = input.ReadBytes().CreateCodedInput();
                        while (!packed.IsAtEnd)
                        {
                            shape.Add(packed.ReadInt64());
                        }

                        return true;
                    case TensorDims:
                        shape.Add(input.ReadInt64());
                        return true;
                    case TensorType:
                        type = input.ReadInt32();
                        return true;
                    case TensorName:
                        name = input.ReadString();
                        return true;
                    case TensorExternal:
                        return Entry(input, places);
                    case TensorLocation:
                        isExternal = input.ReadInt32() == LocationExternal;
                        return true;
                    default:
                        return false;
                }
            }
        );
        if (isExternal)
        {
            found.Add(
                new ExternalTensor(
                    name,
                    (TensorElementType)type,
                    [.. shape],
                    places.GetValueOrDefault("location", ""),
                    Number("offset"),
                    Number("length")
                )
            );
        }

        return true;

        long Number(string key) =>
            places.TryGetValue(key, out var digits) ? long.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    private static bool Entry(CodedInputStream tensor, Dictionary<string, string> places)
    {
        var (key, value) = ("", "");
        Message(
            tensor,
            (input, field, _) =>
            {
                switch (field)
                {
                    case EntryKey:
                        key = input.ReadString();
                        return true;
                    case EntryValue:
                        value = input.ReadString();
                        return true;
                    default:
                        return false;
                }
            }
        );
        places[key] = value;
        return true;
    }

    private static bool Message(CodedInputStream input, Func<CodedInputStream, int, WireFormat.WireType, bool> read)
    {
        Fields(input.ReadBytes().CreateCodedInput(), read);
        return true;
    }

    private static void Fields(CodedInputStream input, Func<CodedInputStream, int, WireFormat.WireType, bool> read)
    {
        while (input.ReadTag() is var tag and not 0)
        {
            if (!read(input, WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag)))
            {
                input.SkipLastField();
            }
        }
    }
}
