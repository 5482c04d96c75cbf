namespace GeoTagService.Models.Graphs;

/// <summary>What ONNX calls an attribute of a node: an integer, a float, a string, or a list of integers.</summary>
public sealed class NodeParameter
{
    // AttributeProto.AttributeType
    private const int FloatType = 1;
    private const int IntType = 2;
    private const int StringType = 3;
    private const int IntsType = 7;

    private readonly string _name;
    private readonly Action<ProtobufWriter> _writeValue;
    private readonly int _type;

    private NodeParameter(string name, int type, Action<ProtobufWriter> writeValue)
    {
        _name = name;
        _type = type;
        _writeValue = writeValue;
    }

    /// <summary>An integer.</summary>
    public static NodeParameter Of(string name, long value) => new(name, IntType, w => w.Int64(3, value));

    /// <summary>A float.</summary>
    public static NodeParameter Of(string name, float value) => new(name, FloatType, w => w.Single(2, value));

    /// <summary>A string.</summary>
    public static NodeParameter Of(string name, string value) => new(name, StringType, w => w.String(4, value));

    /// <summary>A list of integers.</summary>
    public static NodeParameter OfList(string name, params long[] values) =>
        new(
            name,
            IntsType,
            w =>
            {
                foreach (var value in values)
                {
                    w.Int64(8, value);
                }
            }
        );

    internal void Write(ProtobufWriter writer)
    {
        writer.String(1, _name);
        _writeValue(writer);
        writer.Int64(20, _type);
    }
}
