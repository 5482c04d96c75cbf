using System.Diagnostics;
using GeoTagService.Bulk;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Cli.Verification;

/// <summary>Sends the same photos and titles through every precision of a bundle, by the tagger that serves, and compares.</summary>
/// <param name="bundle">The bundle.</param>
/// <param name="sample">Photos and titles.</param>
/// <param name="settings">The service's settings; the precision is set here.</param>
internal sealed class AgreementRun(Bundle bundle, AgreementSample sample, ToolSettings settings)
{
    /// <summary>As many at once as fill the lanes' batches.</summary>
    private const int AtOnce = 16;

    /// <summary>Photos that could not be read, and why.</summary>
    public IReadOnlyList<string> Faults { get; private set; } = [];

    /// <summary>Runs every precision.</summary>
    /// <param name="againstCpu">Whether fp32 on the CPU is what all, fp32 on the card too, are compared with.</param>
    /// <param name="heads">Names of the heads that score; empty takes the default of each combination of parts.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>A row for every reduced precision and head.</returns>
    public async Task<IReadOnlyList<PrecisionAgreement>> CompareAsync(
        bool againstCpu,
        IReadOnlyList<string> heads,
        CancellationToken cancellationToken
    )
    {
        var rows = new List<PrecisionAgreement>();
        var exact = againstCpu ? await RunAsync("fp32", AcceleratorChoice.Cpu, heads, cancellationToken).ConfigureAwait(false) : null;
        // Beside the CPU the card is asked for, so that none is compared with itself.
        var accelerator = againstCpu ? AcceleratorChoice.Cuda : settings.Onnx.Accelerator;
        foreach (var precision in AgreementSample.Precisions(bundle).Where(precision => !againstCpu || precision != "int8"))
        {
            var pass = await RunAsync(precision, accelerator, heads, cancellationToken).ConfigureAwait(false);
            if (exact is null)
            {
                exact = pass;
                continue;
            }

            var speed = exact.Time / pass.Time;
            var distance = PrecisionAgreement.Distance(exact.Items, pass.Items);
            var name = againstCpu ? $"{precision} on cuda" : precision;
            rows.AddRange(exact.Answers.Zip(pass.Answers, (ours, theirs) => PrecisionAgreement.Of(name, ours, theirs, speed, distance)));
        }

        return rows;
    }

    private async Task<Pass> RunAsync(
        string precision,
        AcceleratorChoice accelerator,
        IReadOnlyList<string> heads,
        CancellationToken cancellationToken
    )
    {
        var options = settings.Onnx with
        {
            Accelerator = accelerator,
            Precision = Enum.Parse<PrecisionChoice>(precision, ignoreCase: true),
            PackWeights = WeightPacking.AtLoad,
        };
        var tagger = await TaggerFactory
            .CreateAsync(
                bundle,
                new OnnxClipEngine(options, NullLogger<OnnxClipEngine>.Instance),
                settings.Tagging,
                cancellationToken: cancellationToken
            )
            .ConfigureAwait(false);
        await using (tagger.ConfigureAwait(false))
        {
            // Twice: the first round also compiles code and reads files, which would count against whichever comes first.
            await EmbedAllAsync(tagger.Tagger, cancellationToken).ConfigureAwait(false);
            var began = Stopwatch.GetTimestamp();
            var (items, faults) = await EmbedAllAsync(tagger.Tagger, cancellationToken).ConfigureAwait(false);
            var time = Stopwatch.GetElapsedTime(began);
            Faults = [.. faults.OfType<string>()];
            var whole = items.OfType<ItemEmbeddings>().ToList();
            return whole.Count > 0
                ? new Pass(
                    [.. Questions(tagger.Model.Heads, heads).Select(ask => whole.ConvertAll(item => Answer(tagger.Tagger, item, ask)))],
                    whole,
                    time
                )
                : throw new CommandFailureException(ExitCode.Environment, $"no photo could be read; {Faults[0]}");
        }
    }

    private async Task<(ItemEmbeddings?[] Items, string?[] Faults)> EmbedAllAsync(PhotoTagger tagger, CancellationToken cancellationToken)
    {
        var items = new ItemEmbeddings?[sample.Photos.Count];
        var faults = new string?[items.Length];
        await Parallel
            .ForAsync(
                0,
                items.Length,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (i, token) =>
                {
                    var embedded = await EmbedAsync(tagger, i, token).ConfigureAwait(false);
                    if (embedded.IsSuccess)
                    {
                        items[i] = embedded.Value;
                    }
                    else
                    {
                        faults[i] = CommandFailureException.Describe(embedded.Error, sample.Photos[i]);
                    }
                }
            )
            .ConfigureAwait(false);
        return (items, faults);
    }

    private async Task<Outcome<ItemEmbeddings>> EmbedAsync(PhotoTagger tagger, int index, CancellationToken cancellationToken)
    {
        var read = PhotoFile.Read(sample.Photos[index], settings.Tagging.MaxImageBytes);
        if (!read.IsSuccess)
        {
            return read.Error;
        }

        var title = sample.Titles.Count > 0 ? sample.Titles[index % sample.Titles.Count] : null;
        return await tagger.EmbedAsync(read.Value, title, applyOrientation: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Which parts are shown to which head.</summary>
    private List<(Modalities Parts, string? Head)> Questions(IReadOnlyList<ITagHead> held, IReadOnlyList<string> heads)
    {
        var offered = sample.Titles.Count > 0 ? Modalities.Image | Modalities.Title : Modalities.Image;
        if (heads.Count > 0)
        {
            return [.. heads.Select(head => (offered, (string?)head))];
        }

        Modalities[] combinations = [Modalities.Image, Modalities.Title, Modalities.Image | Modalities.Title];
        var selector = new HeadSelector([.. held.Select(head => head.Descriptor)], settings.Tagging);
        return
        [
            .. combinations
                .Where(parts => (parts & offered) == parts)
                .Where(parts => selector.Choose(parts, requested: null).IsSuccess)
                .DistinctBy(parts => selector.Choose(parts, requested: null).Value!.Head.Name)
                .Select(parts => (parts, (string?)null)),
        ];
    }

    private static TagResult Answer(PhotoTagger tagger, ItemEmbeddings item, (Modalities Parts, string? Head) ask)
    {
        var shown = new ItemEmbeddings(
            ask.Parts.HasFlag(Modalities.Image) ? item.Image : null,
            ask.Parts.HasFlag(Modalities.Title) ? item.Title : null
        );
        var outcome = tagger.TagFromEmbeddings(shown, new TagInput { Options = new TagOptions { Head = ask.Head } });
        return outcome.IsSuccess ? outcome.Value : throw CommandFailureException.From(outcome.Error, subject: null);
    }

    /// <summary>All items through one precision: the answers by question, the embeddings, and the time that encoding took.</summary>
    private sealed record Pass(IReadOnlyList<List<TagResult>> Answers, IReadOnlyList<ItemEmbeddings> Items, TimeSpan Time);
}
