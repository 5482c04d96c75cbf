using GeoTagService.Bench.Parts;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Onnx;

namespace GeoTagService.Bench.Tuning;

/// <summary>
/// Measures a bundle's encoders on this machine's CPU and chooses a plan: first how cores are divided among runs, then
/// whether spinning pays, then batch sizes. What is compared takes turns.
/// </summary>
/// <param name="bundle">The bundle.</param>
/// <param name="settings">The engine's settings; what is searched for is varied, all else kept.</param>
/// <param name="rounds">Runs of each variant.</param>
/// <param name="report">Told of every comparison when it is done.</param>
public sealed class CpuPlanSearch(
    Bundle bundle,
    OnnxEncoderOptions settings,
    int rounds,
    Action<string, IReadOnlyList<VariantTimes>> report
)
{
    /// <summary>Batches with which divisions and spinning are compared.</summary>
    private const int ComparedBatch = 8;

    /// <summary>Less time saved than this does not show through the noise.</summary>
    private const double Worthwhile = 0.03;

    /// <summary>Spinning is measured on a machine that does nothing else, which a server's never is: what it takes from
    /// decoding and HTTP does not show, so that it must save more.</summary>
    private const double WorthSpinning = 0.1;

    private static readonly int[] PhotoBatches = [1, 2, 4, 8, 16, 32];
    private static readonly int[] TitleBatches = [8, 16, 32, 64, 128];

    /// <summary>Measures, for as long as it takes.</summary>
    public CpuPlan Run(CancellationToken cancellationToken)
    {
        using var model = LoadedModel.Load(bundle, Engine(runs: 1, spinning: false));
        using var items = new BenchItems(
            new ImagePreprocessor(new InProcessImageDecoder(), model.Encoder.Geometry.ImageSize),
            model.Tokenizer
        );
        var threads = model.Encoder.Runtime.IntraOpThreads;
        using var divided = Divide(model.Encoder, threads, items, cancellationToken);
        var chosen = divided?.Encoder ?? model.Encoder;
        var runs = chosen.Runtime.ConcurrentRuns;
        using var spinner = Spin(chosen, threads, runs, items, cancellationToken);
        var encoder = spinner?.Encoder ?? chosen;
        return new CpuPlan(
            threads,
            runs,
            spinner is not null,
            Batch("photos a run", PhotoBatches, size => EncoderVariants.Photos(Name(size), encoder, items, size, runs), cancellationToken),
            Batch("titles a run", TitleBatches, size => EncoderVariants.Titles(Name(size), encoder, items, size, runs), cancellationToken)
        );

        static string Name(int size) => $"{size}";
    }

    /// <summary>The encoder of the best division, or null where that is none.</summary>
    private LoadedEncoder? Divide(IClipEncoder whole, int threads, BenchItems items, CancellationToken cancellationToken)
    {
        int[] divisions = [.. CpuPlan.Divisions(threads).Skip(1)];
        if (divisions.Length == 0)
        {
            return null;
        }

        var loaded = divisions.Select(runs => new LoadedEncoder(Engine(runs, spinning: false).LoadEncoder(bundle))).ToList();
        LoadedEncoder? best = null;
        try
        {
            var times = Turns.Measure(
                [
                    EncoderVariants.Photos($"1 at once, {threads} threads", whole, items, ComparedBatch),
                    .. divisions.Zip(
                        loaded,
                        (runs, one) => EncoderVariants.Photos($"{runs} at once", one.Encoder, items, ComparedBatch, runs)
                    ),
                ],
                rounds,
                cancellationToken
            );
            report($"runs of {ComparedBatch} photos", times);
            best = CpuPlan.Choose<LoadedEncoder?>([.. loaded.Prepend(null).Zip(times, (one, time) => (one, time.Median))], Worthwhile);
            return best;
        }
        finally
        {
            loaded.Where(one => one != best).ToList().ForEach(one => one.Dispose());
        }
    }

    /// <summary>The encoder whose threads spin, where that pays.</summary>
    private LoadedEncoder? Spin(IClipEncoder still, int threads, int runs, BenchItems items, CancellationToken cancellationToken)
    {
        if (runs >= threads)
        {
            // Nobody waits for another thread.
            return null;
        }

        var spinner = new LoadedEncoder(Engine(runs, spinning: true).LoadEncoder(bundle));
        var pays = false;
        try
        {
            var times = Turns.Measure(
                [
                    EncoderVariants.Photos("sleeping", still, items, ComparedBatch, runs),
                    EncoderVariants.Photos("spinning", spinner.Encoder, items, ComparedBatch, runs),
                ],
                rounds,
                cancellationToken
            );
            report($"threads between operators, runs of {ComparedBatch} photos", times);
            pays = CpuPlan.Choose([(false, times[0].Median), (true, times[1].Median)], WorthSpinning);
            return pays ? spinner : null;
        }
        finally
        {
            if (!pays)
            {
                spinner.Dispose();
            }
        }
    }

    private int Batch(string what, int[] sizes, Func<int, Variant> variant, CancellationToken cancellationToken)
    {
        var times = Turns.Measure([.. sizes.Select(variant)], rounds, cancellationToken);
        report(what, times);
        return CpuPlan.Choose([.. sizes.Zip(times, (size, time) => (size, time.Median))], Worthwhile);
    }

    private OnnxClipEngine Engine(int runs, bool spinning) =>
        EncoderVariants.Engine(
            settings with
            {
                Accelerator = AcceleratorChoice.Cpu,
                IntraOpThreads = 0,
                ConcurrentRuns = runs,
                Spinning = spinning,
            }
        );

    private sealed class LoadedEncoder(IClipEncoder encoder) : IDisposable
    {
        public IClipEncoder Encoder { get; } = encoder;

        public void Dispose() => (Encoder as IDisposable)?.Dispose();
    }
}
