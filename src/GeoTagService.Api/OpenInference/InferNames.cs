namespace GeoTagService.Api.OpenInference;

/// <summary>Words of the Open Inference Protocol and its binary extension.</summary>
internal static class InferNames
{
    public const string Image = "image";
    public const string Title = "title";
    public const string Location = "location";
    public const string Probabilities = "probabilities";

    /// <summary>The head that the service picks by what a request holds.</summary>
    public const string Auto = "auto";

    public const string Bytes = "BYTES";
    public const string Single = "FP32";

    public const string BinaryDataSize = "binary_data_size";
    public const string BinaryData = "binary_data";
    public const string BinaryDataOutput = "binary_data_output";
    public const string ContentType = "content_type";

    /// <summary>Of other extensions, which would change what an answer is: asked for, they are refused rather than passed over.</summary>
    public const string Classification = "classification";
    public const string SharedMemory = "shared_memory_region";

    /// <summary>Name of the extension.</summary>
    public const string BinaryExtension = "binary_tensor_data";

    /// <summary>How many bytes of the body are JSON; the tensors follow.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";
}
