using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Metrics;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Training.Publishing;

/// <summary>Measures a bundle's heads on the photos that trained heads were held against, so that both can be ranked.</summary>
public static class HeldOutFigures
{
    /// <summary>What of a bundle's provenance names the bundle that it was extended from.</summary>
    internal const string ExtendedFrom = HeadFiles.ExtendedFrom;

    /// <summary>Whether the photos' embeddings are those of the bundle's encoders: of the bundle itself or of one that it was
    /// extended from.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="photos">The photos.</param>
    public static bool CanMeasure(Bundle bundle, PhotoSet photos)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(photos);
        return photos.Model is { } model
            && photos.EmbeddingDimension == bundle.Manifest.Geometry.EmbeddingDimension
            && (model == bundle.Digest || bundle.Manifest.Provenance.Any(source => source.What == ExtendedFrom && source.Sha256 == model));
    }

    /// <summary>Figures of every head of a bundle, by name.</summary>
    /// <param name="bundle">The bundle, for which <see cref="CanMeasure"/> holds.</param>
    /// <param name="photos">The photos.</param>
    /// <param name="rows">Rows measured on, as the trained heads were.</param>
    /// <param name="cancellationToken">Stops between two heads.</param>
    public static IReadOnlyDictionary<string, HeadFigures> Of(
        Bundle bundle,
        PhotoSet photos,
        int[] rows,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(rows);
        var split = HeldOutPhotos.Describe(photos.Description, photos.Data, rows);
        var labels = Array.ConvertAll(rows, row => photos.Data.Labels[row]);
        var probabilities = new float[rows.Length * TagCatalog.Count];
        var figures = new Dictionary<string, HeadFigures>(StringComparer.Ordinal);
        foreach (var head in HeadFiles.Of(bundle))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scorer = new GraphScorer(head, photos.Data);
            scorer.Score(rows, probabilities);
            var scores = RuleScores.Of(probabilities, labels, TagCatalog.Count, [.. head.Thresholds]);
            figures[head.Name] = new HeadFigures(
                split,
                scores.Threshold.ExactMatch,
                scores.Threshold.MacroF1,
                scores.Fallback.ExactMatch,
                scores.Fallback.MacroF1
            );
        }

        return figures;
    }
}
