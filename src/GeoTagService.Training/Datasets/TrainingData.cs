using System.Numerics;
using GeoTagService.Core;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Datasets;

/// <summary>Everything known of a set of photos: embeddings, places, labels. Parts that are absent are null.</summary>
public sealed class TrainingData
{
    /// <summary>Creates a set; all parts have as many rows as labels.</summary>
    /// <param name="labels">One bit per tag in head-row order.</param>
    /// <param name="image">Raw image embeddings, or null.</param>
    /// <param name="title">Raw title embeddings, or null.</param>
    /// <param name="location">lat_norm, lon_norm per row, or null.</param>
    /// <exception cref="ArgumentException">The parts have different numbers of rows.</exception>
    public TrainingData(ulong[] labels, FeatureMatrix? image, FeatureMatrix? title, FeatureMatrix? location)
    {
        ArgumentNullException.ThrowIfNull(labels);
        foreach (var part in new[] { image, title, location })
        {
            if (part is not null && part.Rows != labels.Length)
            {
                throw new ArgumentException($"a part has {part.Rows} rows where the labels have {labels.Length}");
            }
        }

        Labels = labels;
        Image = image;
        Title = title;
        Location = location;
    }

    /// <summary>One bit per tag in head-row order, one element per photo.</summary>
    public ulong[] Labels { get; }

    /// <summary>Raw image embeddings, or null.</summary>
    public FeatureMatrix? Image { get; }

    /// <summary>Raw title embeddings, or null.</summary>
    public FeatureMatrix? Title { get; }

    /// <summary>lat_norm, lon_norm (or richer features) per row, or null.</summary>
    public FeatureMatrix? Location { get; }

    /// <summary>Where each photo is, on either grid; null where that is not known. Heads' inputs are in <see cref="Location"/>.</summary>
    public IReadOnlyList<GeoPosition?>? Positions { get; init; }

    /// <summary>Number of photos.</summary>
    public int Rows => Labels.Length;

    /// <summary>The parts of a head's input in its order.</summary>
    /// <exception cref="InvalidOperationException">The set lacks a part that the head wants.</exception>
    public IReadOnlyList<FeatureMatrix> Select(Modalities modalities)
    {
        var parts = new List<FeatureMatrix>(3);
        Take(Modalities.Image, Image, "image embeddings");
        Take(Modalities.Title, Title, "title embeddings");
        Take(Modalities.Location, Location, "places");
        return parts;

        void Take(Modalities part, FeatureMatrix? matrix, string name)
        {
            if (modalities.HasFlag(part))
            {
                parts.Add(matrix ?? throw new InvalidOperationException($"the data set holds no {name}"));
            }
        }
    }

    /// <summary>Splits the rows into training and validation, the same for every run of a seed.</summary>
    /// <param name="seed">Seed of the shuffle.</param>
    /// <param name="validationShare">Share of rows held out, in (0, 1); the paper's recipe uses 0.2.</param>
    /// <param name="mostTags">Rows with more tags are left out of both (the paper leaves out more than 5); 0 keeps all.</param>
    /// <param name="squareEdge">Edge in metres of the squares that are held out whole, or null to hold out photo by photo. Photos
    /// without a position are then learnt from.</param>
    public DatasetSplit Split(int seed, double validationShare = 0.2, int mostTags = 5, int? squareEdge = null)
    {
        var kept = Enumerable.Range(0, Rows).Where(row => mostTags == 0 || BitOperations.PopCount(Labels[row]) <= mostTags).ToArray();
        if (squareEdge is { } edge)
        {
            var squares = new HeldOutSquares(edge, validationShare, seed);
            var sides = kept.ToLookup(row => Positions?[row] is { } position && squares.Contains(position));
            return new DatasetSplit([.. sides[false]], [.. sides[true]]);
        }

        new Random(seed).Shuffle(kept);
        var validation = (int)Math.Round(kept.Length * validationShare);
        return new DatasetSplit(kept[validation..], kept[..validation]);
    }
}

/// <summary>Row numbers of the two sides of a split.</summary>
/// <param name="Training">Rows that are learnt from.</param>
/// <param name="Validation">Rows that are held out.</param>
public sealed record DatasetSplit(int[] Training, int[] Validation);
