using System.Numerics.Tensors;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>
/// What a bundle's location encoder expects at places. Its expectation counts as many photos as it was found to be worth, beside
/// those of the place's own square of 10 km (beta-binomial): where there are many, they decide. Safe to call from many threads.
/// </summary>
public sealed class PlaceExpectations
{
    private const int Edge = 10_000;
    private const int MostSimilar = 5;
    private const double Elsewhere = 50_000;

    private readonly ILocationEncoder _encoder;
    private readonly BundleLocationEncoder _manifest;
    private readonly Dictionary<string, int[]> _counts = new(StringComparer.Ordinal);
    private readonly List<(GridReference Square, GeoPosition Centre, float[] Embedding)> _squares = [];

    /// <summary>Reads the squares of a loaded model and embeds their centres.</summary>
    /// <param name="model">A model that has a location encoder.</param>
    /// <exception cref="BundleException">Its table of squares cannot be read.</exception>
    public PlaceExpectations(LoadedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _encoder = model.LocationEncoder ?? throw new ArgumentException("the model has no location encoder", nameof(model));
        _manifest = model.Bundle.Manifest.LocationEncoder!;
        foreach (var (square, counts) in LearntSquares.Read(model.SquareCounts, _manifest.Squares))
        {
            _counts[square.ToString()] = counts;
            _squares.Add((square, square.Centre, Encode(square.Centre).Embedding));
        }
    }

    /// <summary>The place that lat and lon, or a grid reference, name.</summary>
    /// <param name="input">Its position and reference are looked at.</param>
    /// <returns>The place; <see cref="TaggingErrorCode.MissingInput"/> where none is named, else what tagging says of it.</returns>
    public static Outcome<ResolvedLocation> Locate(TagInput input)
    {
        var resolved = LocationResolver.Resolve(input, exif: null);
        if (!resolved.IsSuccess)
        {
            return resolved.Error;
        }

        return resolved.Value.Location is { } location
            ? location
            : new TaggingError(TaggingErrorCode.MissingInput, null, "Give 'lat' and 'lon', or 'gridReference'.");
    }

    /// <summary>What is expected at a place, or null outside both national grids.</summary>
    /// <param name="position">A WGS84 position.</param>
    public ExpectedPlace? Of(GeoPosition position)
    {
        if (GridReference.FromPosition(position, Edge) is not { } square)
        {
            return null;
        }

        var (embedding, expected) = Encode(position);
        var counts = _counts.GetValueOrDefault(square.ToString());
        var photos = counts?[0] ?? 0;
        var (share, deviation) = (new double[TagCatalog.Count], new double[TagCatalog.Count]);
        for (var tag = 0; tag < share.Length; tag++)
        {
            var strength = _manifest.Strengths[tag];
            share[tag] = ((counts?[1 + tag] ?? 0) + (strength * (double)expected[tag])) / (photos + strength);
            deviation[tag] = Math.Sqrt(share[tag] * (1 - share[tag]) / (photos + strength + 1));
        }

        var similar = _squares
            .Select(other => (other.Square, other.Centre, Metres: GeoDistance.Metres(position, other.Centre), other.Embedding))
            .Where(other => other.Metres >= Elsewhere)
            .Select(other => new SimilarSquare(
                other.Square,
                other.Centre,
                Cosine(embedding, other.Embedding),
                other.Metres,
                _counts[other.Square.ToString()][0]
            ))
            .OrderByDescending(other => other.Similarity)
            .ThenBy(other => other.Square.ToString(), StringComparer.Ordinal)
            .Take(MostSimilar)
            .ToList();
        return new ExpectedPlace(square, photos, share, deviation, embedding, similar);
    }

    private (float[] Embedding, float[] Expected) Encode(GeoPosition position)
    {
        Span<float> coordinates = stackalloc float[GridCoordinates.Count];
        GridCoordinates.Write(position, coordinates);
        var (embedding, expected) = (new float[_encoder.Dimension], new float[TagCatalog.Count]);
        _encoder.Encode(1, coordinates, embedding, expected);
        return (embedding, expected);
    }

    private static double Cosine(float[] a, float[] b)
    {
        var lengths = TensorPrimitives.Norm(a) * TensorPrimitives.Norm(b);
        return lengths > 0 ? Math.Clamp(TensorPrimitives.Dot(a, b) / lengths, -1, 1) : 0;
    }
}

/// <summary>What is expected at a place.</summary>
/// <param name="Square">Its square of 10 km.</param>
/// <param name="Photos">Photos of the square that were learnt from.</param>
/// <param name="Share">Expected share of each tag, in head-row order.</param>
/// <param name="Deviation">Its standard deviation.</param>
/// <param name="Embedding">The place's embedding.</param>
/// <param name="Similar">Squares elsewhere that are most alike.</param>
public sealed record ExpectedPlace(
    GridReference Square,
    int Photos,
    IReadOnlyList<double> Share,
    IReadOnlyList<double> Deviation,
    IReadOnlyList<float> Embedding,
    IReadOnlyList<SimilarSquare> Similar
);

/// <summary>A square that is like a place.</summary>
/// <param name="Square">The square.</param>
/// <param name="Centre">Its centre.</param>
/// <param name="Similarity">Cosine of both embeddings.</param>
/// <param name="Metres">How far it is.</param>
/// <param name="Photos">Photos of it that were learnt from.</param>
public sealed record SimilarSquare(GridReference Square, GeoPosition Centre, double Similarity, double Metres, int Photos);
