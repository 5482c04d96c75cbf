using GeoTagService.Cli.Bench.Parts;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Images;
using GeoTagService.Onnx;

namespace GeoTagService.Cli.Bench.Tuning;

/// <summary>
/// Measures a bundle's encoders on this machine's CPU and chooses a plan: first how cores are divided among runs, then
/// whether spinning pays, then batch sizes. What is compared takes turns.
/// </summary>
/// <param name="bundle">The bundle.</param>
/// <param name="settings">The engine's settings; what is searched for is varied, all else kept.</param>
/// <param name="rounds">Runs of each variant.</param>
/// <param name="report">Told of every comparison when it is done.</param>
internal sealed class CpuPlanSearch(
    Bundle bundle, OnnxEncoderOptions settings, int rounds, Action<string, IReadOnlyList<VariantTimes>> report)
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
        // Without a number of threads the engine takes one for each physical core.
        using var model = LoadedModel.Load(bundle, Engine(threads: 0, spinning: false));
        using var items = new BenchItems(new ImagePreprocessor(new SkiaImageDecoder(), model.Encoder.Geometry.ImageSize), model.Tokenizer);
        var (threads, runs) = Divide(model.Encoder, items, cancellationToken);
        using var chosen = new LoadedEncoder(Engine(threads, spinning: false).LoadEncoder(bundle));
        var spinning = Spin(chosen.Encoder, threads, runs, items, cancellationToken);
        using var spinner = spinning ? new LoadedEncoder(Engine(threads, spinning).LoadEncoder(bundle)) : null;
        var encoder = (spinner ?? chosen).Encoder;
        return new CpuPlan(
            threads,
            runs,
            spinning,
            Batch("photos a run", PhotoBatches, size => EncoderVariants.Photos(Name(size), encoder, items, size, runs), cancellationToken),
            Batch("titles a run", TitleBatches, size => EncoderVariants.Titles(Name(size), encoder, items, size, runs), cancellationToken));

        static string Name(int size) => $"{size}";
    }

    private (int Threads, int Runs) Divide(IClipEncoder all, BenchItems items, CancellationToken cancellationToken)
    {
        var divisions = CpuPlan.Divisions(all.Runtime.IntraOpThreads);
        if (divisions.Count == 1)
        {
            return divisions[0];
        }

        var loaded = divisions.Select(division => new LoadedEncoder(Engine(division.Threads, spinning: false).LoadEncoder(bundle))).ToList();
        try
        {
            var times = Turns.Measure(
                [
                    .. divisions.Zip(loaded, (division, one) => EncoderVariants.Photos(
                        $"{division.Runs} at once, threads {division.Threads}", one.Encoder, items, ComparedBatch, division.Runs)),
                ],
                rounds,
                cancellationToken);
            report($"runs of {ComparedBatch} photos", times);
            return CpuPlan.Choose([.. divisions.Zip(times, (division, time) => (division, time.Median))], Worthwhile);
        }
        finally
        {
            loaded.ForEach(one => one.Dispose());
        }
    }

    private bool Spin(IClipEncoder still, int threads, int runs, BenchItems items, CancellationToken cancellationToken)
    {
        if (threads == 1)
        {
            // Nobody waits for another thread.
            return false;
        }

        using var spinner = new LoadedEncoder(Engine(threads, spinning: true).LoadEncoder(bundle));
        var times = Turns.Measure(
            [
                EncoderVariants.Photos("sleeping", still, items, ComparedBatch, runs),
                EncoderVariants.Photos("spinning", spinner.Encoder, items, ComparedBatch, runs),
            ],
            rounds,
            cancellationToken);
        report($"threads between operators, runs of {ComparedBatch} photos", times);
        return CpuPlan.Choose([(false, times[0].Median), (true, times[1].Median)], WorthSpinning);
    }

    private int Batch(string what, int[] sizes, Func<int, Variant> variant, CancellationToken cancellationToken)
    {
        var times = Turns.Measure([.. sizes.Select(variant)], rounds, cancellationToken);
        report(what, times);
        return CpuPlan.Choose([.. sizes.Zip(times, (size, time) => (size, time.Median))], Worthwhile);
    }

    private OnnxClipEngine Engine(int threads, bool spinning) =>
        EncoderVariants.Engine(settings with { Accelerator = AcceleratorChoice.Cpu, Spinning = spinning }, threads);

    private sealed class LoadedEncoder(IClipEncoder encoder) : IDisposable
    {
        public IClipEncoder Encoder { get; } = encoder;

        public void Dispose() => (Encoder as IDisposable)?.Dispose();
    }
}
