using System.Numerics;
using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>
/// A semi-synthetic country, Ireland included, in which tags depend on the place by a strength that can be chosen: places lie
/// around towns and hills whatever the tags; of some label sets of the competition's model a photo takes one by what its place
/// makes likely. Good for comparing methods; its numbers say nothing about real photos.
/// </summary>
public sealed class PlacedWorld
{
    /// <summary>The country that is drawn where none is asked for.</summary>
    public const int Usual = 42;

    private const int Candidates = 24;
    private const int RowsPerTask = 256;

    // Most photos lie near an anchor, some in the wide country around it.
    private const double WideShare = 0.3;
    private const float Wide = 4;

    private readonly LabelSetModel _sets = LabelSetModel.Load();
    private readonly PlaceDependence _dependence;
    private readonly PlaceWorld _places;
    private readonly int _seed;

    /// <summary>Draws a country.</summary>
    /// <param name="seed">Which country.</param>
    /// <param name="strength">Standard deviation of a tag's log-odds between places: 0 is none, 1 moderate, 2 strong.</param>
    public PlacedWorld(int seed, double strength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(strength);
        _seed = seed;
        _dependence = new PlaceDependence(seed, _sets.Tags, strength);
        _places = new PlaceWorld(seed, 1);
    }

    /// <summary>Draws photos' places, centres of 1 km squares, and tags.</summary>
    /// <param name="rows">How many, at least 1.</param>
    /// <param name="sample">Which sample of the country's photos.</param>
    public PlacedLabels Draw(int rows, int sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        var positions = new GeoPosition[rows];
        var labels = new ulong[rows];
        Each(
            rows,
            row =>
            {
                var random = RandomOf(sample, row);
                (positions[row], labels[row]) = Draw(ref random);
            }
        );
        return new PlacedLabels(positions, labels);
    }

    /// <summary>Embeddings of drawn photos, as <see cref="SemiSyntheticSet"/> makes them, and the two numbers of
    /// their places: (0, 0) in Ireland, as in training.</summary>
    /// <param name="photos">The photos.</param>
    /// <param name="sample">Their sample.</param>
    public static TrainingData Embed(PlacedLabels photos, int sample)
    {
        ArgumentNullException.ThrowIfNull(photos);
        return SemiSyntheticSet.Embed(
            photos.Labels,
            row => new RowRandom(unchecked((sample * 31) + 7), row),
            row => GridReference.FromPosition(photos.Positions[row], 1000) is { Grid: Grid.British } ? photos.Positions[row] : null,
            [.. photos.Positions.Select(position => (GeoPosition?)position)]
        );
    }

    /// <summary>The probabilities by which tags were drawn at places, as far as some thousand drawn candidates tell them.</summary>
    /// <param name="positions">The places.</param>
    /// <param name="largeScaleOnly">Only what changes over 100 km and more: the most that can be known of a place far from photos.
    /// The small-scale part is then averaged over that of other places.</param>
    /// <returns>Places × tags.</returns>
    internal float[] Shares(IReadOnlyList<GeoPosition> positions, bool largeScaleOnly)
    {
        const int Draws = 160;
        const int Elsewhere = 8;
        var random = RandomOf(int.MaxValue / 2, 0);
        var sets = new ulong[Draws * Candidates];
        for (var i = 0; i < sets.Length; i++)
        {
            sets[i] = _sets.Draw(ref random).Labels;
        }

        // The fields of far places that lend their small scale.
        var shifts = new (float East, float North)[largeScaleOnly ? Elsewhere : 1];
        for (var i = 0; largeScaleOnly && i < shifts.Length; i++)
        {
            shifts[i] = ((float)(20 + (40 * random.NextDouble())), (float)(20 + (40 * random.NextDouble())));
        }

        var shares = new float[positions.Count * _sets.Tags];
        Each(
            positions.Count,
            place =>
            {
                var own = shares.AsSpan(place * _sets.Tags, _sets.Tags);
                Span<float> coordinates = stackalloc float[GridCoordinates.Count];
                Span<float> logOdds = stackalloc float[_sets.Tags];
                Span<double> weights = stackalloc double[Candidates];
                GridCoordinates.Write(positions[place], coordinates);
                for (var draw = 0; draw < Draws; draw++)
                {
                    if (draw % (Draws / shifts.Length) == 0)
                    {
                        var (east, north) = shifts[draw / (Draws / shifts.Length)];
                        _dependence.LogOdds(coordinates[0], coordinates[1], east, north, logOdds);
                    }

                    var candidates = sets.AsSpan(draw * Candidates, Candidates);
                    var sum = 0.0;
                    for (var i = 0; i < Candidates; i++)
                    {
                        sum += weights[i] = Math.Exp(OddsOf(candidates[i], logOdds));
                    }

                    for (var i = 0; i < Candidates; i++)
                    {
                        for (var left = candidates[i]; left != 0; left &= left - 1)
                        {
                            own[BitOperations.TrailingZeroCount(left)] += (float)(weights[i] / sum / Draws);
                        }
                    }
                }
            }
        );
        return shares;
    }

    private static double OddsOf(ulong set, ReadOnlySpan<float> logOdds)
    {
        var odds = 0.0;
        for (var left = set; left != 0; left &= left - 1)
        {
            odds += logOdds[BitOperations.TrailingZeroCount(left)];
        }

        return odds;
    }

    private (GeoPosition Position, ulong Labels) Draw(ref RowRandom random)
    {
        var position = Place(ref random);
        Span<float> coordinates = stackalloc float[GridCoordinates.Count];
        Span<float> logOdds = stackalloc float[_sets.Tags];
        GridCoordinates.Write(position, coordinates);
        _dependence.LogOdds(coordinates[0], coordinates[1], logOdds);
        Span<double> weights = stackalloc double[Candidates];
        Span<ulong> sets = stackalloc ulong[Candidates];
        var sum = 0.0;
        for (var i = 0; i < Candidates; i++)
        {
            sets[i] = _sets.Draw(ref random).Labels;
            weights[i] = sum += Math.Exp(OddsOf(sets[i], logOdds));
        }

        var at = random.NextDouble() * sum;
        for (var i = 0; i < Candidates; i++)
        {
            if (at < weights[i])
            {
                return (position, sets[i]);
            }
        }

        return (position, sets[^1]);
    }

    private GeoPosition Place(ref RowRandom random)
    {
        while (true)
        {
            var spread = random.NextDouble() < WideShare ? Wide : 1;
            if (GridReference.FromPosition(_places.Around(0, spread, ref random), 1000) is { } square)
            {
                return square.Centre;
            }
        }
    }

    private RowRandom RandomOf(int sample, int row) => new(unchecked((_seed * 1_000_003) + sample), row);

    private static void Each(int rows, Action<int> draw) =>
        Parallel.For(
            0,
            (rows + RowsPerTask - 1) / RowsPerTask,
            task =>
            {
                for (var row = task * RowsPerTask; row < Math.Min(rows, (task + 1) * RowsPerTask); row++)
                {
                    draw(row);
                }
            }
        );
}
