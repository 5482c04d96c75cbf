using System.Diagnostics;
using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>Opens sessions as the options say, on the processor that was found at start.</summary>
internal sealed partial class OnnxSessionFactory
{
    private const int Towers = 2;

    /// <summary>Has a session's start fail where an operator is left to the CPU.</summary>
    private const string NoFallback = "session.disable_cpu_ep_fallback";

    /// <summary>More runs at once than this would need more requests at once than most services see.</summary>
    private const int MostRuns = 8;

    private readonly OnnxEncoderOptions _options;
    private readonly ILogger _logger;
    private readonly CudaRuntime? _cuda;

    /// <summary>Decides, once, which processor runs the encoders.</summary>
    /// <exception cref="BundleException">CUDA was demanded and cannot be used.</exception>
    public OnnxSessionFactory(OnnxEncoderOptions options, ILogger logger, OptionalSteps? optional = null)
    {
        EngineLog.WriteTo(logger);
        Optional = optional ?? new OptionalSteps(logger);
        _options = options;
        _logger = logger;
        // Resolved here, so that log, metrics and runs agree on one number.
        IntraOpThreads = options.IntraOpThreads > 0 ? options.IntraOpThreads : ProcessorCores.Usable();
        _cuda = OpenCuda(options, logger);
        ConcurrentRuns = Provider.Runs ?? (options.ConcurrentRuns > 0 ? options.ConcurrentRuns : Math.Min(IntraOpThreads, MostRuns));
        Affinity = Provider.UsesCores && options.PinThreads ? CoreAffinity.For(IntraOpThreads) : null;
    }

    /// <summary>Takes the steps that can be done without.</summary>
    public OptionalSteps Optional { get; }

    /// <summary>What the active execution provider asks for.</summary>
    public ProviderTraits Provider => _cuda is null ? ProviderTraits.Cpu : ProviderTraits.Cuda;

    /// <summary>Whether this processor multiplies bytes without loss; tests say otherwise.</summary>
    public bool HasExactEightBitProducts { get; init; } = EightBitProducts.AreExact;

    /// <summary>Threads of a run that is alone on the CPU.</summary>
    public int IntraOpThreads { get; }

    /// <summary>Runs that may be under way at once.</summary>
    public int ConcurrentRuns { get; }

    /// <summary>Engine and version.</summary>
    public static string Engine => $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    /// <summary>Whether encoders are first opened without repacked weights, and packed when they already serve.</summary>
    public bool PacksLater => _options.PackWeights == WeightPacking.AfterStart && Provider.MapsWeights;

    /// <summary>Whether weights are left in their mapped files until they were packed.</summary>
    public bool MapsUntilPacked => _options.MapWeights && !PacksLater && Provider.MapsWeights;

    /// <summary>How nice the encoders' threads are.</summary>
    public int Niceness => Provider.UsesCores ? _options.Niceness : 0;

    /// <summary>The cores of a run that has the machine for itself; null where they are not to be fixed.</summary>
    public CoreAffinity? Affinity { get; }

    /// <summary>Opens an encoder's file.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">The file.</param>
    /// <param name="graph">Its bytes, where its weights are given.</param>
    /// <param name="weights">Its weights, where they lie beside it.</param>
    /// <param name="share">Whether its runs have the machine for themselves, or each a thread of its own and all together
    /// the threads that are left.</param>
    /// <param name="packed">Whether its weights are copied into the order in which the matrix kernels read them: most of
    /// the time of opening a large file, for runs that are a tenth faster.</param>
    public InferenceSession OpenEncoder(Bundle bundle, string file, byte[]? graph, SharedWeights? weights, MachineShare share, bool packed)
    {
        using var options = CreateOptions(share == MachineShare.Whole ? IntraOpThreads : Math.Max(1, IntraOpThreads - ConcurrentRuns + 1));
        options.EnableCpuMemArena = _options.MemoryArena;
        // A plan of the memory is kept for every shape that was seen, and titles have a shape for each batch size and
        // length; the arena alone does as well.
        options.EnableMemoryPattern = false;
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", _options.Spinning ? "1" : "0");
        if (share == MachineShare.Whole && Affinity is { } affinity)
        {
            options.AddSessionConfigEntry("session.intra_op_thread_affinities", affinity.Workers);
        }

        if (!packed)
        {
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
        }

        if (_cuda is not null)
        {
            return OpenOnCard(bundle, file, options);
        }

        if (weights is not null)
        {
            weights.AddTo(options);
            // ONNX Runtime wants to see the weights' file, by its name in the graph, and does not open it.
            options.AddSessionConfigEntry(
                "session.model_external_initializers_file_folder_path",
                Path.GetDirectoryName(bundle.GetPhysicalPath(file))!
            );
        }

        return weights is null ? Begin() : weights.ReadOnce(Begin);

        // A session's threads take over what the thread has that opens it.
        InferenceSession Begin() =>
            ThreadNiceness.Run(
                Niceness,
                () => Open(bundle, file, graph ?? bundle.ReadAllBytes(file), options, packed ? weights?.Packed : null)
            );
    }

    /// <summary>Puts a tower around an encoder's session.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">Its file.</param>
    /// <param name="session">The session.</param>
    /// <param name="weights">Its weights, where they are mapped.</param>
    /// <param name="input">Name of its input.</param>
    /// <param name="output">Name of its output.</param>
    /// <param name="type">What it reads.</param>
    /// <param name="dimension">Length of an embedding.</param>
    public ITower<T> CreateTower<T>(
        Bundle bundle,
        string file,
        InferenceSession session,
        SharedWeights? weights,
        string input,
        string output,
        TensorElementType type,
        int dimension
    )
        where T : unmanaged =>
        _cuda is { } cuda
            ? new CudaTower<T>(
                cuda,
                new CudaTowerPlan(input, output, type, dimension, _options.DeviceId, _options.CudaGraphs),
                session,
                () => OpenEncoder(bundle, file, null, null, MachineShare.Whole, packed: true),
                ProviderTraits.CardRuns
            )
            : new OnnxTower<T>(session, weights, input, output, type, dimension, Affinity, Optional);

    /// <summary>Puts a tower that reads crops around a photo encoder's session on the card.</summary>
    /// <param name="bundle">Its bundle.</param>
    /// <param name="file">Its file.</param>
    /// <param name="session">The session.</param>
    /// <param name="input">Name of its input.</param>
    /// <param name="output">Name of its output.</param>
    /// <param name="dimension">Length of an embedding.</param>
    /// <param name="pixels">The graph that makes its input of crops.</param>
    public ITower<byte> CreateCropTower(
        Bundle bundle,
        string file,
        InferenceSession session,
        string input,
        string output,
        int dimension,
        byte[] pixels
    )
    {
        using var options = CreateOptions(threads: 1);
        CudaProvider.Append(options, _options with { CudaGraphs = false, CardMemory = 0 }, sessions: 1);
        options.AddSessionConfigEntry(NoFallback, "1");
        return new CudaTower<byte>(
            _cuda!,
            new CudaTowerPlan(input, output, TensorElementType.UInt8, dimension, _options.DeviceId, _options.CudaGraphs)
            {
                Pixels = new InferenceSession(pixels, options),
            },
            session,
            () => OpenEncoder(bundle, file, null, null, MachineShare.Whole, packed: true),
            ProviderTraits.CardRuns
        );
    }

    /// <summary>Opens an encoder's file on the card, all of it.</summary>
    private InferenceSession OpenOnCard(Bundle bundle, string file, SessionOptions options)
    {
        options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING;
        CudaProvider.Append(options, _options, Towers * (_options.CudaGraphs ? ProviderTraits.CardRuns : 1));
        options.AddSessionConfigEntry(NoFallback, "1");
        // The card has no integer convolutions here: weights kept as bytes are widened once, at load, not with every batch.
        options.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        InferenceSession? session = null;
        try
        {
            EngineLog.Hear(() => session = Open(bundle, file, null, options, packed: null), mute: true);
            return session!;
        }
        catch (BundleException failure) when (failure.Message.Contains("fallback to CPU EP", StringComparison.Ordinal))
        {
            // It answers as well, and slower: each such operator waits for the card and for a copy.
            var left = CpuOperators.In(
                EngineLog.Hear(
                    () =>
                    {
                        options.AddSessionConfigEntry(NoFallback, "0");
                        options.LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE;
                        session = Open(bundle, file, null, options, packed: null);
                    },
                    mute: true
                )
            );
            Log.NotWholeOnCard(_logger, file, string.Join(", ", left));
            return session!;
        }
    }

    /// <summary>Opens a head's file. A head is a fraction of a millisecond: always on the CPU, always one thread.</summary>
    public static InferenceSession OpenHead(Bundle bundle, string file)
    {
        using var options = CreateOptions(threads: 1);
        return Open(bundle, file, bundle.ReadAllBytes(file), options, packed: null);
    }

    /// <summary>Whether what was repacked on the CPU is moved into large pages.</summary>
    public bool UsesHugePages => _options.HugePages;

    /// <summary>Moves what was repacked on the CPU into large pages.</summary>
    /// <param name="cancellationToken">Leaves it at what was moved.</param>
    public void UseHugePages(CancellationToken cancellationToken)
    {
        if (!UsesHugePages)
        {
            return;
        }

        Optional.Try(
            "large pages",
            () =>
            {
                var began = Stopwatch.GetTimestamp();
                var bytes = MemoryPages.UseHugePages(cancellationToken);
                Log.HugePages(_logger, bytes >> 20, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        );
    }

    /// <summary>Says what repacking made superfluous.</summary>
    public void LetGo(string file, long bytes)
    {
        if (bytes > 0)
        {
            Log.LetGo(_logger, bytes >> 20, file);
        }
    }

    /// <summary>Says it, once, when 8-bit encoders run where their products may overflow.</summary>
    public void WarnOfInexactProducts(string precision)
    {
        if (precision == "int8" && Provider.UsesCores && !HasExactEightBitProducts)
        {
            Log.InexactProducts(_logger);
        }
    }

    private static SessionOptions CreateOptions(int threads) =>
        new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

    private static InferenceSession Open(
        Bundle bundle,
        string file,
        byte[]? graph,
        SessionOptions options,
        PrePackedWeightsContainer? packed
    )
    {
        try
        {
            // A card's session reads its weights' file itself, once, on their way to the card.
            if (graph is null && bundle.GetPhysicalPath(file) is { } path)
            {
                return new InferenceSession(path, options);
            }

            var bytes = graph ?? bundle.ReadAllBytes(file);
            return packed is null ? new InferenceSession(bytes, options) : new InferenceSession(bytes, options, packed);
        }
        catch (OnnxRuntimeException failure)
        {
            throw new BundleException($"{file}: ONNX Runtime cannot load it: {failure.Message}", failure);
        }
    }

    private static CudaRuntime? OpenCuda(OnnxEncoderOptions options, ILogger logger)
    {
        // A build for the CPU is as it was meant to be: nothing that its operator could mend, and so nothing to say.
        if (options.Accelerator == AcceleratorChoice.Cpu || (options.Accelerator == AcceleratorChoice.Auto && !CudaProvider.IsInThisBuild))
        {
            return null;
        }

        var cuda = CudaProvider.Open(options, out var problem);
        if (cuda is not null)
        {
            Log.Card(logger, options.DeviceId, cuda.Describe(options.DeviceId), cuda.DriverVersion());
            return cuda;
        }

        Refuse(options, logger, problem);
        return null;
    }

    /// <summary>Takes note that the card cannot be used.</summary>
    /// <exception cref="BundleException">The card was demanded.</exception>
    public static void Refuse(OnnxEncoderOptions options, ILogger logger, string problem)
    {
        if (options.Accelerator == AcceleratorChoice.Cuda)
        {
            throw new BundleException(
                $"GeoTag:Onnx:Accelerator is cuda, and CUDA cannot be used: {problem}. Set it to auto or cpu to run without."
            );
        }

        Log.CudaUnusable(logger, problem);
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Warning, "CUDA cannot be used ({Problem}); the encoders run on the CPU")]
        public static partial void CudaUnusable(ILogger logger, string problem);

        [LoggerMessage(
            2002,
            LogLevel.Warning,
            "GeoTag:Onnx:Precision is int8, and this processor has neither AVX512-VNNI nor AVX-VNNI: sums of 8-bit products may overflow and tags be wrong; use fp32"
        )]
        public static partial void InexactProducts(ILogger logger);

        [LoggerMessage(2005, LogLevel.Information, "Card {Device}: {Description}; its driver is for CUDA {Driver}")]
        public static partial void Card(ILogger logger, int device, string description, Version driver);

        [LoggerMessage(
            2006,
            LogLevel.Warning,
            "{File} does not run on the card as a whole: left to the CPU are {Operators}, and each run waits for them. 'geotag models build' writes graphs without"
        )]
        public static partial void NotWholeOnCard(ILogger logger, string file, string operators);

        [LoggerMessage(
            2004,
            LogLevel.Debug,
            "{Megabytes} MB of the weights of {File} are read repacked only; their own memory is given back"
        )]
        public static partial void LetGo(ILogger logger, long megabytes, string file);

        [LoggerMessage(
            2003,
            LogLevel.Debug,
            "{Megabytes} MB of repacked weights and buffers moved into pages of 2 MB in {Milliseconds:0} ms"
        )]
        public static partial void HugePages(ILogger logger, long megabytes, double milliseconds);
    }
}
