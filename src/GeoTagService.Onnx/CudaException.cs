namespace GeoTagService.Onnx;

/// <summary>A call of CUDA's runtime failed.</summary>
/// <param name="message">What was done, and what CUDA said.</param>
internal sealed class CudaException(string message) : Exception(message);
