using GeoTagService.Core.Places;

namespace GeoTagService.Training.Places;

/// <summary>
/// Sines and cosines of a place at several scales: waves in four directions on each national grid, their periods halved from the
/// whole country down to the finest. Finer waves are lower, so that an encoder that learns from them is smooth unless the photos
/// insist.
/// </summary>
internal sealed class PlaceSinusoids
{
    private const int Directions = 4;
    private const double Coarsest = 3200;
    private const double UnitKilometres = 100;

    /// <summary>Draws up the waves.</summary>
    /// <param name="finest">Shortest period in kilometres.</param>
    /// <param name="roughness">How an amplitude falls with the period: (period / coarsest) to this power.</param>
    public PlaceSinusoids(double finest, double roughness)
    {
        Finest = finest;
        var waves = new List<double[]>();
        var amplitudes = new List<float>();
        var scale = 0;
        for (var period = Coarsest; period >= finest * 0.99; period /= 2, scale++)
        {
            for (var grid = 0; grid < 2; grid++)
            {
                for (var i = 0; i < Directions; i++)
                {
                    // Turned from scale to scale and from grid to grid, so that no direction is left out.
                    var angle = Math.PI * ((i / (double)Directions) + (grid / (2.0 * Directions)) + (scale * 0.0618));
                    var frequency = 2 * Math.PI * UnitKilometres / period;
                    var wave = new double[GridCoordinates.Count];
                    wave[2 * grid] = frequency * Math.Cos(angle);
                    wave[(2 * grid) + 1] = frequency * Math.Sin(angle);
                    waves.Add(wave);
                    amplitudes.Add((float)Math.Pow(period / Coarsest, roughness));
                }
            }
        }

        Waves = waves.Count;
        Frequencies = new float[GridCoordinates.Count * Waves];
        for (var i = 0; i < Waves; i++)
        {
            for (var axis = 0; axis < GridCoordinates.Count; axis++)
            {
                Frequencies[(axis * Waves) + i] = (float)waves[i][axis];
            }
        }

        Amplitudes = [.. amplitudes];
    }

    /// <summary>Shortest period in kilometres.</summary>
    public double Finest { get; }

    /// <summary>Number of waves; each is two numbers.</summary>
    public int Waves { get; }

    /// <summary>Length of a row.</summary>
    public int Columns => 2 * Waves;

    /// <summary>Coordinates × waves, radians per 100 km.</summary>
    public float[] Frequencies { get; }

    /// <summary>Height of each wave.</summary>
    public float[] Amplitudes { get; }

    /// <summary>Rows of all sines, then all cosines.</summary>
    /// <param name="coordinates">Rows × <see cref="GridCoordinates.Count"/>.</param>
    public float[] Of(float[] coordinates)
    {
        var rows = coordinates.Length / GridCoordinates.Count;
        var values = new float[rows * Columns];
        Parallel.For(
            0,
            rows,
            row =>
            {
                var place = coordinates.AsSpan(row * GridCoordinates.Count, GridCoordinates.Count);
                var sines = values.AsSpan(row * Columns, Columns);
                for (var i = 0; i < Waves; i++)
                {
                    var phase = 0f;
                    for (var axis = 0; axis < place.Length; axis++)
                    {
                        phase += place[axis] * Frequencies[(axis * Waves) + i];
                    }

                    var (sine, cosine) = MathF.SinCos(phase);
                    sines[i] = Amplitudes[i] * sine;
                    sines[Waves + i] = Amplitudes[i] * cosine;
                }
            }
        );
        return values;
    }
}
