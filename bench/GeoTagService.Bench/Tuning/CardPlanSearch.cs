using System.Globalization;
using GeoTagService.Bench.Parts;
using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Onnx;

namespace GeoTagService.Bench.Tuning;

/// <summary>How the encoders use a card: the settings that a measurement chooses.</summary>
/// <param name="CudaGraphs">Whether small batches are captured and replayed.</param>
/// <param name="MaxBatchSize">Most photos of a run.</param>
/// <param name="MaxTitleBatchSize">Most titles of a run.</param>
/// <param name="DecodeConcurrency">Photos decoded at once.</param>
public sealed record CardPlan(bool CudaGraphs, int MaxBatchSize, int MaxTitleBatchSize, int DecodeConcurrency)
{
    /// <summary>The plan as environment variables, one a line: <c>NAME=value</c>.</summary>
    public IEnumerable<string> Variables =>
        [
            CpuPlan.Variable(OnnxEncoderOptions.SectionName, nameof(OnnxEncoderOptions.CudaGraphs), CudaGraphs),
            CpuPlan.Variable(BatchingOptions.SectionName, nameof(BatchingOptions.MaxBatchSize), MaxBatchSize),
            CpuPlan.Variable(BatchingOptions.SectionName, nameof(BatchingOptions.MaxTitleBatchSize), MaxTitleBatchSize),
            CpuPlan.Variable(TaggingOptions.SectionName, nameof(TaggingOptions.DecodeConcurrency), DecodeConcurrency),
        ];
}

/// <summary>
/// Measures a bundle's encoders on this machine's card and chooses a plan: whether captured graphs pay, batch sizes, and how many
/// photos to decode at once; and says which of the two, card or cores, waits for the other. What is compared takes turns.
/// </summary>
public sealed class CardPlanSearch : IDisposable
{
    /// <summary>Less time saved than this does not show through the noise.</summary>
    private const double Worthwhile = 0.03;

    /// <summary>Captured graphs take weights of their own for each run at once; they must save more.</summary>
    private const double WorthGraphs = 0.1;

    private static readonly int[] PhotoBatches = [8, 16, 32, 64, 128, 256];
    private static readonly int[] TitleBatches = [32, 64, 128, 256, 512];

    private readonly Bundle _bundle;
    private readonly OnnxEncoderOptions _settings;
    private readonly int _rounds;
    private readonly Action<string, IReadOnlyList<VariantTimes>> _report;
    private readonly LoadedModel _model;

    private CardPlanSearch(
        Bundle bundle,
        OnnxEncoderOptions settings,
        int rounds,
        Action<string, IReadOnlyList<VariantTimes>> report,
        LoadedModel model
    )
    {
        _bundle = bundle;
        _settings = settings;
        _rounds = rounds;
        _report = report;
        _model = model;
    }

    /// <summary>Opens the bundle on the card, or gives null where the settings or the machine leave none.</summary>
    public static CardPlanSearch? TryOpen(
        Bundle bundle,
        OnnxEncoderOptions settings,
        int rounds,
        Action<string, IReadOnlyList<VariantTimes>> report
    )
    {
        if (settings.Accelerator == AcceleratorChoice.Cpu)
        {
            return null;
        }

        var model = LoadedModel.Load(bundle, EncoderVariants.Engine(settings with { CudaGraphs = false }));
        if (!model.Encoder.Runtime.UsesCores)
        {
            return new CardPlanSearch(bundle, settings, rounds, report, model);
        }

        model.Dispose();
        return null;
    }

    /// <summary>Measures, for as long as it takes.</summary>
    public CardPlan Run(TextWriter notes, CancellationToken cancellationToken)
    {
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), _model.Encoder.Geometry.ImageSize);
        using var items = new BenchItems(preprocessor, _model.Tokenizer);
        var runs = _model.Encoder.Runtime.ConcurrentRuns;
        var graphs = Graphs(items, cancellationToken);
        var photos = Batch(
            "photos a run",
            PhotoBatches,
            size => EncoderVariants.Photos($"{size}", _model.Encoder, items, size, runs),
            cancellationToken
        );
        var titles = Batch(
            "titles a run",
            TitleBatches,
            size => EncoderVariants.Titles($"{size}", _model.Encoder, items, size, runs),
            cancellationToken
        );
        var cores = Environment.ProcessorCount;
        var decoding = Turns.Measure(DecodeBench.Variants(preprocessor, DecodeBench.Photo.Small, [cores]), _rounds, cancellationToken);
        _report("decoding", decoding);
        var (card, fed) = (1000 / photos.Milliseconds, 1000 / decoding[0].Median);
        notes.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"geotag: the card encodes {card:0} photos a second, {cores} cores decode {fed:0} of 640 x 480: the {(fed < card ? "card waits for the cores" : "cores suffice")}"
            )
        );
        return new CardPlan(graphs, photos.Size, titles.Size, cores);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    private bool Graphs(BenchItems items, CancellationToken cancellationToken)
    {
        using var captured = LoadedModel.Load(_bundle, EncoderVariants.Engine(_settings with { CudaGraphs = true }));
        var times = Turns.Measure(
            [
                EncoderVariants.Photos("launched one by one", _model.Encoder, items, 1),
                EncoderVariants.Photos("captured", captured.Encoder, items, 1),
            ],
            _rounds,
            cancellationToken
        );
        _report("kernels of a lone photo", times);
        return CpuPlan.Choose([(false, times[0].Median), (true, times[1].Median)], WorthGraphs);
    }

    private (int Size, double Milliseconds) Batch(string what, int[] sizes, Func<int, Variant> variant, CancellationToken cancellationToken)
    {
        var times = Turns.Measure([.. sizes.Select(variant)], _rounds, cancellationToken);
        _report(what, times);
        var chosen = CpuPlan.Choose([.. sizes.Zip(times, (size, time) => (size, time.Median))], Worthwhile);
        return (chosen, times[Array.IndexOf(sizes, chosen)].Median);
    }
}
