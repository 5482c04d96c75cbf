using Google.Protobuf;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>
/// A graph that makes a tower's numbers of a crop's bytes on the card, by the same float32 operations as
/// <see cref="Core.Photos.ImageNormalizer"/>: a quarter of the bytes goes over the bus, and no core computes them. Written
/// here, field by field, because it depends on nothing but six numbers.
/// </summary>
internal static class PixelGraph
{
    /// <summary>Name of its input: uint8 [n, size, size, 3].</summary>
    public const string Input = "crops";

    /// <summary>Name of its output: float32 [n, 3, size, size].</summary>
    public const string Output = "pixel_values";

    private const int Opset = 18,
        FormatOfOpset18 = 8;
    private const long AttributeInt = 2,
        AttributeInts = 7;

    // Field numbers of ONNX's messages.
    private const int ModelFormat = 1,
        ModelGraph = 7,
        ModelOpset = 8,
        OpsetVersion = 2;
    private const int GraphNode = 1,
        GraphName = 2,
        GraphInitializer = 5,
        GraphInput = 11,
        GraphOutput = 12;
    private const int NodeInput = 1,
        NodeOutput = 2,
        NodeOperator = 4,
        NodeAttribute = 5;
    private const int AttributeName = 1,
        AttributeI = 3,
        AttributeIs = 8,
        AttributeType = 20;
    private const int TensorDims = 1,
        TensorType = 2,
        TensorName = 8,
        TensorRaw = 9;
    private const int ValueName = 1,
        ValueType = 2,
        TypeTensor = 1,
        ElementType = 1,
        ElementShape = 2,
        ShapeDimension = 1,
        DimensionValue = 1,
        DimensionName = 2;

    /// <summary>Writes it.</summary>
    /// <param name="size">Edge of a crop.</param>
    /// <param name="mean">Mean of each of the 3 channels, on the scale 0..1.</param>
    /// <param name="std">Standard deviation of each, not 0.</param>
    public static byte[] Write(int size, ReadOnlySpan<float> mean, ReadOnlySpan<float> std)
    {
        var (means, stds) = (mean.ToArray(), std.ToArray());
        var graph = Message(to =>
        {
            Put(
                to,
                GraphNode,
                Node("Transpose", [Input], "planes", attribute => Put(attribute, AttributeIs, [0, 3, 1, 2]), "perm", AttributeInts)
            );
            Put(
                to,
                GraphNode,
                Node(
                    "Cast",
                    ["planes"],
                    "levels",
                    attribute => Put(attribute, AttributeI, (long)TensorElementType.Float),
                    "to",
                    AttributeInt
                )
            );
            Put(to, GraphNode, Node("Div", ["levels", "most"], "scaled"));
            Put(to, GraphNode, Node("Sub", ["scaled", "mean"], "centred"));
            Put(to, GraphNode, Node("Div", ["centred", "std"], Output));
            Put(to, GraphName, "pixels");
            Put(to, GraphInitializer, Constant("most", [255f]));
            Put(to, GraphInitializer, Constant("mean", means));
            Put(to, GraphInitializer, Constant("std", stds));
            Put(to, GraphInput, Value(Input, TensorElementType.UInt8, size, size, 3));
            Put(to, GraphOutput, Value(Output, TensorElementType.Float, 3, size, size));
        });
        return Message(to =>
        {
            Put(to, ModelFormat, FormatOfOpset18);
            Put(to, ModelGraph, graph);
            Put(to, ModelOpset, Message(opset => Put(opset, OpsetVersion, Opset)));
        });
    }

    private static byte[] Node(
        string operation,
        string[] inputs,
        string output,
        Action<CodedOutputStream>? value = null,
        string name = "",
        long type = 0
    ) =>
        Message(to =>
        {
            foreach (var input in inputs)
            {
                Put(to, NodeInput, input);
            }

            Put(to, NodeOutput, output);
            Put(to, NodeOperator, operation);
            if (value is not null)
            {
                Put(
                    to,
                    NodeAttribute,
                    Message(attribute =>
                    {
                        Put(attribute, AttributeName, name);
                        value(attribute);
                        Put(attribute, AttributeType, type);
                    })
                );
            }
        });

    /// <summary>A number for each channel, or one for all.</summary>
    private static byte[] Constant(string name, float[] values) =>
        Message(to =>
        {
            Put(to, TensorDims, [1, values.Length, 1, 1]);
            Put(to, TensorType, (long)TensorElementType.Float);
            Put(to, TensorName, name);
            Put(to, TensorRaw, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray());
        });

    private static byte[] Value(string name, TensorElementType type, params long[] sizes) =>
        Message(to =>
        {
            Put(to, ValueName, name);
            Put(
                to,
                ValueType,
                Message(kind =>
                    Put(
                        kind,
                        TypeTensor,
                        Message(tensor =>
                        {
                            Put(tensor, ElementType, (long)type);
                            Put(
                                tensor,
                                ElementShape,
                                Message(shape =>
                                {
                                    Put(shape, ShapeDimension, Message(batch => Put(batch, DimensionName, "batch")));
                                    foreach (var size in sizes)
                                    {
                                        Put(shape, ShapeDimension, Message(dimension => Put(dimension, DimensionValue, size)));
                                    }
                                })
                            );
                        })
                    )
                )
            );
        });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var stream = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(stream);
        }

        return bytes.ToArray();
    }

    private static void Put(CodedOutputStream to, int field, byte[] message)
    {
        to.WriteTag(field, WireFormat.WireType.LengthDelimited);
        to.WriteBytes(ByteString.CopyFrom(message));
    }

    private static void Put(CodedOutputStream to, int field, string text)
    {
        to.WriteTag(field, WireFormat.WireType.LengthDelimited);
        to.WriteString(text);
    }

    private static void Put(CodedOutputStream to, int field, long number)
    {
        to.WriteTag(field, WireFormat.WireType.Varint);
        to.WriteInt64(number);
    }

    private static void Put(CodedOutputStream to, int field, long[] numbers)
    {
        foreach (var number in numbers)
        {
            Put(to, field, number);
        }
    }
}
