using System.Runtime.CompilerServices;
using GeoTagService.Api.Hosting;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tags;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Catalogue;

/// <summary>The answers of <c>GET /v1/model</c> and <c>GET /v1/tags</c>, put together once for each model that serves.</summary>
internal sealed class ModelDescriptions(IOptions<TaggingOptions> tagging, IOptions<EdgeOptions> edge)
{
    private static readonly Modalities[] Combinations =
    [
        Modalities.Image,
        Modalities.Title,
        Modalities.Image | Modalities.Title,
        Modalities.Image | Modalities.Location,
        Modalities.Title | Modalities.Location,
        Modalities.Image | Modalities.Title | Modalities.Location,
    ];

    private readonly ConditionalWeakTable<ServingModel, ModelResponse> _made = [];

    /// <summary>The tags; they are the same for all models.</summary>
    public static TagCatalogueResponse Catalogue { get; } =
        new([.. TagCatalog.Tags.Select(tag => new CatalogueTag(tag.Id, tag.Name, tag.Group, tag.HeadRow, tag.Description))]);

    /// <summary>A model.</summary>
    public ModelResponse Of(ServingModel serving) => _made.GetValue(serving, one => Describe(one.Model, tagging.Value, edge.Value));

    private static ModelResponse Describe(LoadedModel model, TaggingOptions tagging, EdgeOptions edge)
    {
        var manifest = model.Bundle.Manifest;
        var stamp = model.Bundle.ToStamp();
        var runtime = model.Encoder.Runtime;
        var geometry = model.Encoder.Geometry;
        return new ModelResponse
        {
            Name = stamp.Name,
            Version = stamp.Version,
            Digest = stamp.Digest,
            Purpose = stamp.Purpose,
            Description = manifest.Description,
            InstallationCommand = stamp.Purpose == ModelPurpose.Demonstration ? InstallationCommand.Text : null,
            Runtime = new ModelRuntime(runtime.Engine, runtime.ExecutionProvider, runtime.Precision, runtime.IntraOpThreads),
            Geometry = new ModelGeometry(geometry.ImageSize, geometry.ContextLength, geometry.VocabularySize, geometry.EmbeddingDimension),
            Heads = DescribeHeads(model, tagging),
            LocationEncoder = manifest.LocationEncoder is { } places ? new ModelPlaces(places.Dimension, places.Photos, places.Data) : null,
            Limits = new ServiceLimits(
                tagging.MaxImageBytes,
                tagging.MaxImagePixels,
                tagging.MaxTitleCharacters,
                edge.MaxFieldBytes,
                edge.MaxItemsPerJsonBody
            ),
            Provenance =
            [
                .. manifest.Provenance.Select(source => new ModelSource(source.What, source.Location, source.Sha256, source.License)),
            ],
        };
    }

    private static List<ModelHead> DescribeHeads(LoadedModel model, TaggingOptions tagging)
    {
        var heads = model.Heads.Select(head => head.Descriptor).ToList();
        var selector = new HeadSelector(heads, tagging);
        var defaults = Combinations
            .Select(parts => (Parts: parts, Choice: selector.Choose(parts, requested: null, parts.HasFlag(Modalities.Location))))
            .Where(choice => choice.Choice.IsSuccess)
            .ToLookup(choice => choice.Choice.Value!.Head.Name, choice => TagResponseMapper.ToModalities(choice.Parts));
        return [.. heads.Select(head => Describe(head, [.. defaults[head.Name]], model.Bundle.Manifest.Tags))];
    }

    private static ModelMetrics Describe(HeadMetrics metrics) =>
        new(
            metrics.ExactMatch,
            metrics.MacroF1,
            metrics.KaggleScore,
            metrics.ExactMatchWithFallback,
            metrics.MacroF1WithFallback,
            metrics.Rule switch
            {
                DecisionRule.Threshold => "threshold",
                DecisionRule.Fallback => "fallback",
                _ => null,
            },
            metrics.Split,
            metrics
                .Further?.Select(figures => new ModelFigures(
                    figures.Split,
                    figures.ExactMatch,
                    figures.MacroF1,
                    figures.ExactMatchWithFallback,
                    figures.MacroF1WithFallback
                ))
                .ToList()
        );

    private static ModelHead Describe(HeadDescriptor head, IReadOnlyList<IReadOnlyList<Modality>> defaultFor, IReadOnlyList<string> tagIds)
    {
        var same = head.Thresholds.Distinct().Count() == 1;
        return new ModelHead(
            head.Name,
            TagResponseMapper.ToModalities(head.Modalities),
            head.Kind == HeadKind.Linear ? "linear" : "mlp",
            head.MixUp,
            same ? head.Thresholds[0] : null,
            same ? null : new OrderedDictionary<string, float>(tagIds.Zip(head.Thresholds, KeyValuePair.Create)),
            Describe(head.Metrics),
            defaultFor
        );
    }
}
