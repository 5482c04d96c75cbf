using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>
/// Draws places: around towns and hills of Britain, some kinds of photo more often near some of them, snapped to the
/// centre of their 1 km square as in training. A place outside the British grid counts as none, as in training.
/// </summary>
internal sealed class PlaceWorld
{
    private static readonly GeoPosition[] Anchors =
    [
        new(51.51, -0.12),
        new(52.48, -1.90),
        new(53.48, -2.24),
        new(53.80, -1.55),
        new(55.86, -4.25),
        new(55.95, -3.19),
        new(51.45, -2.58),
        new(51.48, -3.18),
        new(54.97, -1.61),
        new(53.41, -2.98),
        new(53.38, -1.47),
        new(52.95, -1.15),
        new(50.37, -4.14),
        new(50.72, -3.53),
        new(50.90, -1.40),
        new(50.82, -0.14),
        new(52.63, 1.30),
        new(52.21, 0.12),
        new(53.23, -0.54),
        new(54.50, -3.10),
        new(53.36, -1.83),
        new(53.07, -4.08),
        new(54.05, -2.30),
        new(54.38, -0.67),
        new(56.80, -5.00),
        new(57.15, -2.09),
        new(57.48, -4.22),
        new(57.28, -6.20),
        new(58.21, -6.38),
        new(58.98, -2.96),
        new(60.15, -1.15),
        new(55.60, -2.43),
        new(51.75, -1.26),
        new(51.14, 0.87),
        new(50.12, -5.54),
        new(53.35, -6.26),
        new(54.60, -5.93),
    ];

    private readonly double[][] _cumulative;

    public PlaceWorld(int seed, int components)
    {
        var random = new RowRandom(seed, int.MaxValue - 1);
        _cumulative = new double[components][];
        for (var component = 0; component < components; component++)
        {
            var weights = new double[Anchors.Length];
            var sum = 0.0;
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = sum += Math.Exp(0.6 * random.NextNormal());
            }

            _cumulative[component] = Array.ConvertAll(weights, weight => weight / sum);
        }
    }

    /// <summary>Draws the place of a photo of one kind, or null outside the British grid.</summary>
    public GeoPosition? Draw(int component, ref RowRandom random)
    {
        var position = Around(component, 1, ref random);
        return LocationFeatures.IsWithinBounds(position) && GridReference.FromPosition(position, 1000) is { Grid: Grid.British } square
            ? square.Centre
            : null;
    }

    /// <summary>Draws a position around a town or hill, wherever that is.</summary>
    /// <param name="component">Kind of photo.</param>
    /// <param name="spread">How far around, as a multiple of the usual.</param>
    /// <param name="random">Its random numbers.</param>
    public GeoPosition Around(int component, float spread, ref RowRandom random)
    {
        var at = Array.BinarySearch(_cumulative[component], random.NextDouble());
        var anchor = Anchors[Math.Min(at < 0 ? ~at : at, Anchors.Length - 1)];
        return new GeoPosition(
            anchor.Latitude + (0.25 * spread * random.NextNormal()),
            anchor.Longitude + (0.4 * spread * random.NextNormal())
        );
    }
}
