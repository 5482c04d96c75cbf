using System.Numerics.Tensors;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Places;

namespace GeoTagService.Core.Encoders;

/// <summary>
/// What a location encoder says of tags at a place before any photo is looked at: their log-odds there against those of all the
/// photos that it learnt from. A place further than <see cref="Reach"/> from every one of these photos says nothing. Safe to call
/// from many threads.
/// </summary>
public sealed class PlacePrior
{
    /// <summary>How far from a photo that was learnt from a place still says something, metres.</summary>
    public const double Reach = 100_000;

    private const int Edge = 10_000;
    private const float LeastProbability = 1e-6f;

    private readonly ILocationEncoder _encoder;
    private readonly float[] _general;
    private readonly HashSet<(int East, int North)> _known = [];

    /// <summary>Prepares an encoder.</summary>
    /// <param name="encoder">The encoder; it stays the caller's.</param>
    /// <param name="shares">Share of each tag among the photos that it learnt from, in head-row order.</param>
    /// <param name="photos">How many photos that were.</param>
    /// <param name="squares">Squares of 10 km with such photos.</param>
    public PlacePrior(ILocationEncoder encoder, IReadOnlyList<float> shares, int photos, IEnumerable<GridReference> squares)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(squares);
        _encoder = encoder;
        // Half a photo with the tag and half without, so that a tag that was never seen has log-odds too.
        _general = [.. shares.Select(share => LogOdds(((share * photos) + 0.5f) / (photos + 1f)))];
        const int Cells = (int)(Reach / Edge);
        foreach (var (east, north) in squares.Select(square => CellOf(square.Centre)).Distinct())
        {
            for (var x = -Cells; x <= Cells; x++)
            {
                for (var y = -Cells; y <= Cells; y++)
                {
                    if ((x * x) + (y * y) <= Cells * Cells)
                    {
                        _known.Add((east + x, north + y));
                    }
                }
            }
        }
    }

    /// <summary>The prior of a bundle's encoder.</summary>
    /// <param name="encoder">The encoder of the bundle.</param>
    /// <param name="manifest">What the bundle says of it.</param>
    /// <param name="squares">The bundle's table of squares.</param>
    /// <exception cref="BundleException">The table cannot be read.</exception>
    public static PlacePrior Of(ILocationEncoder encoder, BundleLocationEncoder manifest, byte[] squares)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return new PlacePrior(
            encoder,
            manifest.Shares,
            manifest.Photos,
            LearntSquares.Read(squares, manifest.Squares).Where(line => line.Counts[0] > 0).Select(line => line.Square)
        );
    }

    /// <summary>Whether a place lies in one of the national grids and near enough to photos that were learnt from.</summary>
    public bool Knows(GeoPosition position) => _known.Contains(CellOf(position)) && GridCoordinates.Covers(position);

    /// <summary>Log-odds of every tag at places, against those in general.</summary>
    /// <param name="places">The places; null where an item has none.</param>
    /// <param name="logOdds">Receives places × tags; zeros where the place is unknown.</param>
    public void LogOdds(ReadOnlySpan<GeoPosition?> places, Span<float> logOdds)
    {
        var tags = _general.Length;
        logOdds.Clear();
        var rows = new List<int>(places.Length);
        for (var row = 0; row < places.Length; row++)
        {
            if (places[row] is { } place && Knows(place))
            {
                rows.Add(row);
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        var coordinates = new float[rows.Count * GridCoordinates.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            GridCoordinates.Write(places[rows[i]]!.Value, coordinates.AsSpan(i * GridCoordinates.Count, GridCoordinates.Count));
        }

        var probabilities = new float[rows.Count * tags];
        _encoder.Encode(rows.Count, coordinates, new float[rows.Count * _encoder.Dimension], probabilities);
        for (var i = 0; i < probabilities.Length; i++)
        {
            logOdds[(rows[i / tags] * tags) + (i % tags)] = LogOdds(probabilities[i]) - _general[i % tags];
        }
    }

    /// <summary>Adds to a head's logits what places say, and takes probabilities from them; rows of unknown places stay.</summary>
    /// <param name="weights">How much each tag's logit takes.</param>
    /// <param name="places">A place a row, or null.</param>
    /// <param name="logits">Rows × tags.</param>
    /// <param name="probabilities">Rows × tags.</param>
    public void Add(IReadOnlyList<float> weights, ReadOnlySpan<GeoPosition?> places, Span<float> logits, Span<float> probabilities)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var tags = _general.Length;
        var logOdds = new float[places.Length * tags];
        LogOdds(places, logOdds);
        for (var row = 0; row < places.Length; row++)
        {
            var added = logOdds.AsSpan(row * tags, tags);
            if (added.IndexOfAnyExcept(0f) < 0)
            {
                continue;
            }

            var own = logits.Slice(row * tags, tags);
            for (var tag = 0; tag < tags; tag++)
            {
                own[tag] += weights[tag] * added[tag];
            }

            TensorPrimitives.Sigmoid(own, probabilities.Slice(row * tags, tags));
        }
    }

    private static float LogOdds(float probability)
    {
        var inside = Math.Clamp(probability, LeastProbability, 1 - LeastProbability);
        return MathF.Log(inside / (1 - inside));
    }

    private static (int East, int North) CellOf(GeoPosition position)
    {
        var (east, north) = NationalGrid.British.Project(position);
        return ((int)Math.Floor(east / Edge), (int)Math.Floor(north / Edge));
    }
}
