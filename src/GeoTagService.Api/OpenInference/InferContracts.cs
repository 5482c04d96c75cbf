using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Api.OpenInference;

/// <summary>A request for inference, as the Open Inference Protocol writes it.</summary>
/// <param name="Id">Comes back with the answer.</param>
/// <param name="Parameters">What is said of all outputs.</param>
/// <param name="Inputs">The tensors.</param>
/// <param name="Outputs">The outputs that are wanted, or null for all.</param>
internal sealed record InferRequest(
    string? Id,
    InferParameters? Parameters,
    IReadOnlyList<InferTensor?>? Inputs,
    IReadOnlyList<InferOutput?>? Outputs
);

/// <summary>The parameters that mean something here.</summary>
internal sealed record InferParameters
{
    /// <summary>Bytes of an input behind the JSON; −1 for what is no size.</summary>
    public int? BinaryDataSize { get; set; }

    /// <summary>Whether an output is wanted behind the JSON.</summary>
    public bool? BinaryData { get; set; }

    /// <summary>Whether all outputs are.</summary>
    public bool? BinaryDataOutput { get; set; }

    /// <summary>Whether strings of an input are base64.</summary>
    public bool IsBase64 { get; set; }

    /// <summary>An extension that is asked for and not served, or null.</summary>
    public string? NotServed { get; set; }
}

/// <summary>One input.</summary>
/// <param name="Name"><c>image</c>, <c>title</c> or <c>location</c>.</param>
/// <param name="Shape">The items come first.</param>
/// <param name="Datatype"><c>BYTES</c> or <c>FP32</c>.</param>
/// <param name="Parameters">How its data comes.</param>
/// <param name="Data">The elements, flat; null when they follow the JSON in binary form.</param>
internal sealed record InferTensor(
    string? Name,
    IReadOnlyList<long>? Shape,
    string? Datatype,
    InferParameters? Parameters,
    IReadOnlyList<InferValue>? Data
);

/// <summary>One element of an input.</summary>
/// <param name="Kind">What it is in JSON.</param>
/// <param name="Text">The bytes of a string, part of the request's body.</param>
/// <param name="Number">A number, where it is one.</param>
internal readonly record struct InferValue(JsonTokenType Kind, ReadOnlyMemory<byte> Text, float? Number);

/// <summary>An output that is wanted.</summary>
/// <param name="Name"><c>probabilities</c>.</param>
/// <param name="Parameters">How it is wanted.</param>
internal sealed record InferOutput(string? Name, InferParameters? Parameters);

/// <summary>What the server says of itself.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version of the bundle that it serves.</param>
/// <param name="Extensions">Of the protocol.</param>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>What the server says of a head.</summary>
/// <param name="Name">The head's name, or <c>auto</c>.</param>
/// <param name="Versions">The version of the bundle.</param>
/// <param name="Platform">What runs it.</param>
/// <param name="Inputs">What it takes; those that a request may leave out are named in <paramref name="Parameters"/>.</param>
/// <param name="Outputs">What it gives.</param>
/// <param name="Parameters">The tags of the output's columns, and which inputs may be left out.</param>
internal sealed record ModelMetadata(
    string Name,
    IReadOnlyList<string> Versions,
    string Platform,
    IReadOnlyList<TensorMetadata> Inputs,
    IReadOnlyList<TensorMetadata> Outputs,
    ModelParameters Parameters
);

/// <summary>A tensor of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Datatype">Its type.</param>
/// <param name="Shape">−1 for any number of items.</param>
internal sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>What the protocol has no place of its own for.</summary>
/// <param name="Labels">Tag ids in the order of the output's columns.</param>
/// <param name="OptionalInputs">Inputs that a request may leave out.</param>
internal sealed record ModelParameters(IReadOnlyList<string> Labels, IReadOnlyList<string> OptionalInputs);

/// <summary>Whether the process answers.</summary>
internal sealed record ServerLive(bool Live);

/// <summary>Whether requests are served.</summary>
internal sealed record ServerReady(bool Ready);

/// <summary>Whether a head is served.</summary>
internal sealed record ModelReady(string Name, bool Ready);

/// <summary>JSON of the protocol: names with underscores where they have several words.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ServerMetadata))]
[JsonSerializable(typeof(ModelMetadata))]
[JsonSerializable(typeof(ServerLive))]
[JsonSerializable(typeof(ServerReady))]
[JsonSerializable(typeof(ModelReady))]
internal sealed partial class InferJson : JsonSerializerContext;
