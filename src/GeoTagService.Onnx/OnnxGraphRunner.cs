using System.Buffers;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Onnx;

/// <summary>
/// Runs a small graph of float32 tensors over buffers of the caller, without copies: what training needs. The buffers
/// are pinned when they are bound and stay bound until the runner is disposed, so that a step allocates nothing.
/// </summary>
/// <remarks>Not safe for use from several threads.</remarks>
public sealed class OnnxGraphRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly Dictionary<string, Bound> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Bound> _outputs = new(StringComparer.Ordinal);

    /// <summary>Loads a graph.</summary>
    /// <param name="model">Bytes of the ONNX model.</param>
    /// <param name="threads">Threads of one run; 0 takes every core.</param>
    public OnnxGraphRunner(byte[] model, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        };
        _session = new InferenceSession(model, options);
    }

    /// <summary>Binds a buffer to an input; binding again replaces it.</summary>
    /// <param name="name">Input of the graph.</param>
    /// <param name="buffer">Its elements, row-major; read at every <see cref="Run"/>.</param>
    /// <param name="shape">Its dimensions; their product is the buffer's length.</param>
    public void BindInput(string name, Memory<float> buffer, params long[] shape) => Bind(_inputs, name, buffer, shape);

    /// <summary>Binds a buffer to an output; binding again replaces it.</summary>
    /// <param name="name">Output of the graph.</param>
    /// <param name="buffer">Receives its elements, row-major, at every <see cref="Run"/>.</param>
    /// <param name="shape">Its dimensions; their product is the buffer's length.</param>
    public void BindOutput(string name, Memory<float> buffer, params long[] shape) => Bind(_outputs, name, buffer, shape);

    /// <summary>Runs the graph from the bound inputs to the bound outputs.</summary>
    public void Run() =>
        _session.Run(
            _runOptions,
            [.. _inputs.Keys],
            [.. _inputs.Values.Select(bound => bound.Value)],
            [.. _outputs.Keys],
            [.. _outputs.Values.Select(bound => bound.Value)]
        );

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bound in _inputs.Values.Concat(_outputs.Values))
        {
            bound.Dispose();
        }

        _inputs.Clear();
        _outputs.Clear();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static void Bind(Dictionary<string, Bound> bounds, string name, Memory<float> buffer, long[] shape)
    {
        if (bounds.Remove(name, out var old))
        {
            old.Dispose();
        }

        bounds.Add(name, new Bound(buffer, shape));
    }

    private sealed class Bound : IDisposable
    {
        // The engine holds the address, not the object: the pin keeps the collector from moving it.
        private readonly MemoryHandle _pin;

        public Bound(Memory<float> buffer, long[] shape)
        {
            _pin = buffer.Pin();
            Value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer, shape);
        }

        public OrtValue Value { get; }

        public void Dispose()
        {
            Value.Dispose();
            _pin.Dispose();
        }
    }
}
