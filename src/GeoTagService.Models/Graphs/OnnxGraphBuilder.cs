using System.Runtime.InteropServices;

namespace GeoTagService.Models.Graphs;

/// <summary>
/// Builds an ONNX graph node by node and writes it. The order of the calls is the order in the file, names are counted
/// up, nothing depends on time or machine: the same calls give the same bytes. Operators have named methods in
/// <see cref="OnnxGraphOperators"/>; any other is reached with <see cref="Node"/>.
/// </summary>
/// <remarks>Not safe for use from several threads. Large weights are given as callbacks and read only while the file is
/// written, one at a time.</remarks>
public sealed class OnnxGraphBuilder
{
    /// <summary>Opset used unless another is asked for: the first in which every reduction takes its axes as an input.</summary>
    public const int DefaultOpset = 18;

    /// <summary>Domain of ONNX Runtime's own operators.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    private const int FewestHalves = 1024;

    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxWeight> _weights = [];
    private readonly List<OnnxValueInfo> _inputs = [];
    private readonly List<OnnxValueInfo> _outputs = [];
    private readonly Dictionary<string, string> _renamed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GraphValue> _constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _domains = new(StringComparer.Ordinal);

    /// <summary>Starts an empty graph.</summary>
    /// <param name="name">Name of the graph, for people and viewers.</param>
    /// <param name="opset">Version of the standard operators.</param>
    public OnnxGraphBuilder(string name, int opset = DefaultOpset)
    {
        Name = name;
        Opset = opset;
    }

    /// <summary>Name of the graph.</summary>
    public string Name { get; }

    /// <summary>Version of the standard operators.</summary>
    public int Opset { get; }

    /// <summary>Whether float32 weights lie in the file as halves and are widened by a node of their own, which an engine
    /// computes once, at load: half the size for 11 significant bits. Short ones stay as they are.</summary>
    public bool StoresHalves { get; init; }

    internal IReadOnlyList<OnnxNode> GraphNodes => _nodes;

    internal IReadOnlyList<OnnxWeight> Weights => _weights;

    internal IReadOnlyList<OnnxValueInfo> Inputs => _inputs;

    internal IReadOnlyList<OnnxValueInfo> Outputs => _outputs;

    internal IReadOnlyCollection<string> Domains => _domains;

    /// <summary>Declares an input of the model.</summary>
    public GraphValue Input(string name, OnnxElementType type, params GraphDimension[] dimensions)
    {
        _inputs.Add(new OnnxValueInfo(Claim(name), type, dimensions));
        return new GraphValue(name);
    }

    /// <summary>Declares an output of the model: the value takes this name, without an extra node.</summary>
    /// <param name="name">Name of the output.</param>
    /// <param name="value">Output of a node; one that is already an output under another name gets an Identity.</param>
    /// <param name="type">Element type.</param>
    /// <param name="dimensions">Its dimensions.</param>
    public void Output(string name, GraphValue value, OnnxElementType type, params GraphDimension[] dimensions)
    {
        if (_renamed.ContainsKey(value.Name) || !_nodes.Exists(node => node.Outputs.Contains(value.Name)))
        {
            value = Node("Identity", [value]);
        }

        _renamed.Add(value.Name, Claim(name));
        _outputs.Add(new OnnxValueInfo(name, type, dimensions));
    }

    /// <summary>Declares a weight whose bytes are written when the file is, straight into it.</summary>
    /// <param name="name">Unique name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="dimensions">Shape; empty for a scalar.</param>
    /// <param name="write">Writes exactly the little-endian row-major bytes of the tensor.</param>
    public GraphValue Weight(string name, OnnxElementType type, IReadOnlyList<long> dimensions, Action<Stream> write)
    {
        _weights.Add(new OnnxWeight(Claim(name), type, [.. dimensions], write));
        return new GraphValue(name);
    }

    /// <summary>Declares a float32 weight that is read when the file is written.</summary>
    public GraphValue Weight(string name, IReadOnlyList<long> dimensions, Func<ReadOnlyMemory<float>> read)
    {
        if (!StoresHalves || dimensions.Aggregate(1L, (product, size) => product * size) < FewestHalves)
        {
            return Weight(name, OnnxElementType.Float32, dimensions, s => s.Write(MemoryMarshal.AsBytes(read().Span)));
        }

        var halves = Weight(
            name,
            OnnxElementType.Float16,
            dimensions,
            s => s.Write(MemoryMarshal.AsBytes<Half>(FloatWeights.ToHalves(read().Span)))
        );
        return this.Cast(halves, OnnxElementType.Float32);
    }

    /// <summary>Declares a float32 weight.</summary>
    public GraphValue Weight(string name, IReadOnlyList<long> dimensions, float[] values) => Weight(name, dimensions, () => values);

    /// <summary>A float32 scalar; the same value is stored once.</summary>
    public GraphValue Scalar(float value) => Shared(OnnxElementType.Float32, [], [value]);

    /// <summary>A short int64 vector (axes, shapes); equal ones are stored once.</summary>
    public GraphValue Vector(params long[] values) => Shared(OnnxElementType.Int64, [values.Length], values);

    /// <summary>An int64 scalar; the same value is stored once.</summary>
    public GraphValue Index(long value) => Shared(OnnxElementType.Int64, [], [value]);

    /// <summary>A constant of any element type; equal ones are stored once.</summary>
    /// <typeparam name="T">The .NET type of the elements, e.g. <see cref="Half"/>, <see cref="byte"/>.</typeparam>
    public GraphValue Shared<T>(OnnxElementType type, long[] dimensions, T[] values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes<T>(values).ToArray();
        var key = $"{type}[{string.Join(',', dimensions)}]{Convert.ToHexString(bytes)}";
        if (!_constants.TryGetValue(key, out var constant))
        {
            constant = Weight($"constant_{_constants.Count}", type, dimensions, s => s.Write(bytes));
            _constants.Add(key, constant);
        }

        return constant;
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">Operator, e.g. <c>MatMul</c>.</param>
    /// <param name="inputs">Its inputs; <see cref="GraphValue.None"/> leaves an optional one out.</param>
    /// <param name="parameters">Its settings, ONNX calls them attributes.</param>
    public GraphValue Node(string operation, IReadOnlyList<GraphValue> inputs, params NodeParameter[] parameters) =>
        NodeWithOutputs(operation, 1, inputs, string.Empty, parameters)[0];

    /// <summary>Adds a node of ONNX Runtime's own domain, with one output.</summary>
    public GraphValue MicrosoftNode(string operation, IReadOnlyList<GraphValue> inputs, params NodeParameter[] parameters) =>
        NodeWithOutputs(operation, 1, inputs, MicrosoftDomain, parameters)[0];

    /// <summary>Adds a node.</summary>
    /// <param name="operation">Operator.</param>
    /// <param name="outputs">How many outputs are named.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="domain">Empty for the standard operators.</param>
    /// <param name="parameters">Its settings, ONNX calls them attributes.</param>
    public GraphValue[] NodeWithOutputs(
        string operation,
        int outputs,
        IReadOnlyList<GraphValue> inputs,
        string domain,
        params NodeParameter[] parameters
    ) => NodeWithOutputs(operation, [.. Enumerable.Repeat(true, outputs)], inputs, domain, parameters);

    /// <summary>Adds a node some of whose outputs are left out.</summary>
    /// <param name="operation">Operator.</param>
    /// <param name="isNamed">One per output, in order: whether it is wanted.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="domain">Empty for the standard operators.</param>
    /// <param name="parameters">Its settings, ONNX calls them attributes.</param>
    /// <returns>One value per output; <see cref="GraphValue.None"/> for those left out.</returns>
    public GraphValue[] NodeWithOutputs(
        string operation,
        IReadOnlyList<bool> isNamed,
        IReadOnlyList<GraphValue> inputs,
        string domain,
        params NodeParameter[] parameters
    )
    {
        if (domain.Length > 0)
        {
            _domains.Add(domain);
        }

        var prefix = $"{operation}_{_nodes.Count}";
        var names = new string[isNamed.Count];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = !isNamed[i] ? string.Empty : Claim(names.Length == 1 ? prefix : $"{prefix}_{i}");
        }

        _nodes.Add(new OnnxNode(operation, domain, [.. inputs.Select(input => input.Name)], names, parameters));
        return [.. names.Select(name => new GraphValue(name))];
    }

    /// <summary>The model as one file's bytes, weights inside.</summary>
    public byte[] ToBytes() => OnnxModelWriter.ToBytes(this);

    /// <summary>
    /// Writes the model. Where its weights are larger than <paramref name="largestSingleFile"/>, tensors of 64 KiB and
    /// more go to <c>NAME.onnx.data</c> beside it, aligned so that ONNX Runtime can map them.
    /// </summary>
    /// <param name="path">Path of the <c>.onnx</c> file.</param>
    /// <param name="largestSingleFile">Bytes of weights up to which the model stays one file.</param>
    /// <returns>Names of the files written, without directory.</returns>
    public IReadOnlyList<string> Save(string path, long largestSingleFile = OnnxModelWriter.LargestSingleFile) =>
        OnnxModelWriter.Save(this, path, largestSingleFile);

    internal string FinalName(string name) => _renamed.GetValueOrDefault(name, name);

    private string Claim(string name) =>
        _names.Add(name) ? name : throw new ArgumentException($"the graph has a value named '{name}' already", nameof(name));
}

internal sealed record OnnxNode(string Operation, string Domain, string[] Inputs, string[] Outputs, NodeParameter[] Parameters);

internal sealed record OnnxValueInfo(string Name, OnnxElementType Type, GraphDimension[] Dimensions);

internal sealed record OnnxWeight(string Name, OnnxElementType Type, long[] Dimensions, Action<Stream> Write)
{
    public long Bytes => Dimensions.Aggregate((long)Type.Size(), (product, size) => checked(product * size));
}
