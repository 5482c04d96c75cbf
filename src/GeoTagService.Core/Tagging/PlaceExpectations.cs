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
    private const int AtOnce = 256;
    private const int MostSimilar = 5;
    private const double Elsewhere = 50_000;

    private readonly ILocationEncoder _encoder;
    private readonly BundleLocationEncoder _manifest;
    private readonly Dictionary<string, int[]> _counts = new(StringComparer.Ordinal);
    private readonly List<(GridReference Square, GeoPosition Centre, float[] Embedding, float[] Expected)> _squares = [];

    /// <summary>Reads the squares of a loaded model and embeds their centres.</summary>
    /// <param name="model">A model that has a location encoder.</param>
    /// <exception cref="BundleException">Its table of squares cannot be read.</exception>
    public PlaceExpectations(LoadedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _encoder = model.LocationEncoder ?? throw new ArgumentException("the model has no location encoder", nameof(model));
        _manifest = model.Bundle.Manifest.LocationEncoder!;
        foreach (var some in LearntSquares.Read(model.SquareCounts, _manifest.Squares).Chunk(AtOnce))
        {
            var centres = Array.ConvertAll(some, line => line.Square.Centre);
            var encoded = Encode(centres);
            for (var i = 0; i < some.Length; i++)
            {
                _counts[some[i].Square.ToString()] = some[i].Counts;
                _squares.Add((some[i].Square, centres[i], encoded[i].Embedding, encoded[i].Expected));
            }
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

        var (embedding, expected) = Encode(position)[0];
        var counts = _counts.GetValueOrDefault(square.ToString());
        var photos = counts?[0] ?? 0;
        var (share, deviation) = (new double[TagCatalog.Count], new double[TagCatalog.Count]);
        for (var tag = 0; tag < share.Length; tag++)
        {
            (share[tag], deviation[tag]) = Expect(tag, photos, counts?[1 + tag] ?? 0, expected[tag]);
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

    /// <summary>What is expected of one tag in every square that was learnt from: of a large square, its photos beside the mean of
    /// what the encoder expects in its squares of 10 km.</summary>
    /// <param name="tag">The tag's head row.</param>
    /// <param name="edge">Edge of the squares in metres: 10,000 or 100,000.</param>
    /// <returns>The squares, the most expected first.</returns>
    public IReadOnlyList<ExpectedSquare> MapOf(int tag, int edge)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tag);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tag, TagCatalog.Count);
        return
        [
            .. _squares
                .GroupBy(one => one.Square.Within(edge))
                .Select(within =>
                {
                    var (photos, tagged) = (0, 0);
                    foreach (var counts in within.Select(one => _counts[one.Square.ToString()]))
                    {
                        (photos, tagged) = (photos + counts[0], tagged + counts[1 + tag]);
                    }

                    var (share, deviation) = Expect(tag, photos, tagged, within.Average(one => (double)one.Expected[tag]));
                    return new ExpectedSquare(within.Key, photos, share, deviation, photos < _manifest.Strengths[tag]);
                })
                .OrderByDescending(square => square.Share)
                .ThenBy(square => square.Square.ToString(), StringComparer.Ordinal),
        ];
    }

    private (double Share, double Deviation) Expect(int tag, int photos, int tagged, double expected)
    {
        var strength = _manifest.Strengths[tag];
        var share = (tagged + (strength * expected)) / (photos + strength);
        return (share, Math.Sqrt(share * (1 - share) / (photos + strength + 1)));
    }

    private (float[] Embedding, float[] Expected)[] Encode(params GeoPosition[] places)
    {
        var coordinates = new float[places.Length * GridCoordinates.Count];
        for (var i = 0; i < places.Length; i++)
        {
            GridCoordinates.Write(places[i], coordinates.AsSpan(i * GridCoordinates.Count, GridCoordinates.Count));
        }

        var (embeddings, expected) = (new float[places.Length * _encoder.Dimension], new float[places.Length * TagCatalog.Count]);
        _encoder.Encode(places.Length, coordinates, embeddings, expected);
        return
        [
            .. places.Select(
                (_, i) =>
                    (
                        embeddings.AsSpan(i * _encoder.Dimension, _encoder.Dimension).ToArray(),
                        expected.AsSpan(i * TagCatalog.Count, TagCatalog.Count).ToArray()
                    )
            ),
        ];
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

/// <summary>What is expected of one tag in a square.</summary>
/// <param name="Square">The square.</param>
/// <param name="Photos">Photos of it that were learnt from.</param>
/// <param name="Share">Expected share of photos with the tag.</param>
/// <param name="Deviation">Its standard deviation.</param>
/// <param name="IsSparse">Whether less than half of the expectation comes from these photos.</param>
public sealed record ExpectedSquare(GridReference Square, int Photos, double Share, double Deviation, bool IsSparse);

/// <summary>A square that is like a place.</summary>
/// <param name="Square">The square.</param>
/// <param name="Centre">Its centre.</param>
/// <param name="Similarity">Cosine of both embeddings.</param>
/// <param name="Metres">How far it is.</param>
/// <param name="Photos">Photos of it that were learnt from.</param>
public sealed record SimilarSquare(GridReference Square, GeoPosition Centre, double Similarity, double Metres, int Photos);
