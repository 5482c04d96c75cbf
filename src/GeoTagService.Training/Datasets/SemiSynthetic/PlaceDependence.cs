namespace GeoTagService.Training.Datasets.SemiSynthetic;

/// <summary>
/// How much likelier than elsewhere each tag is at a place: log-odds that are smooth random fields, a large-scale part
/// (as coast, uplands or towns, correlated over 100 to 300 km) and a small-scale part (6 to 15 km), which every tag mixes in its own
/// way. The strength is the standard deviation of a tag's log-odds over the country; at 0 no tag depends on the place.
/// </summary>
internal sealed class PlaceDependence
{
    private const int Fields = 8;
    private const int Waves = 48;
    private const double SmallShare = 0.3;

    // A field that runs between two levels, as land and sea do, is steeper than a normal one; this is its deviation.
    private const float Steepness = 1.5f;
    private const float SteepDeviation = 0.723f;

    private readonly int _tags;
    private readonly double _strength;
    private readonly float[] _large;
    private readonly float[] _small;
    private readonly float[] _largeLoadings;
    private readonly float[] _smallLoadings;

    /// <summary>Draws the fields.</summary>
    /// <param name="seed">Which world.</param>
    /// <param name="tags">Number of tags.</param>
    /// <param name="strength">Standard deviation of a tag's log-odds.</param>
    public PlaceDependence(int seed, int tags, double strength)
    {
        _tags = tags;
        _strength = strength;
        var random = new RowRandom(seed, int.MaxValue - 2);
        _large = Draw(ref random, 1.0, 3.0);
        _small = Draw(ref random, 0.06, 0.15);
        _largeLoadings = Load(ref random, Math.Sqrt(1 - SmallShare));
        _smallLoadings = Load(ref random, Math.Sqrt(SmallShare));
    }

    /// <summary>Writes what a place adds to each tag's log-odds.</summary>
    /// <param name="east">Easting in 100 km.</param>
    /// <param name="north">Northing in 100 km.</param>
    /// <param name="logOdds">Receives a number a tag.</param>
    public void LogOdds(float east, float north, Span<float> logOdds) => LogOdds(east, north, 0, 0, logOdds);

    /// <summary>As <see cref="LogOdds(float, float, Span{float})"/>, with the small-scale part of another place.</summary>
    /// <param name="east">Easting in 100 km.</param>
    /// <param name="north">Northing in 100 km.</param>
    /// <param name="eastward">How far to the east the other place lies.</param>
    /// <param name="northward">How far to the north.</param>
    /// <param name="logOdds">Receives a number a tag.</param>
    public void LogOdds(float east, float north, float eastward, float northward, Span<float> logOdds)
    {
        logOdds.Clear();
        if (_strength == 0)
        {
            return;
        }

        Add(_large, _largeLoadings, east, north, logOdds);
        Add(_small, _smallLoadings, east + eastward, north + northward, logOdds);
    }

    private void Add(float[] waves, float[] loadings, float east, float north, Span<float> logOdds)
    {
        for (var field = 0; field < Fields; field++)
        {
            var sum = 0f;
            foreach (
                ref readonly var wave in System.Runtime.InteropServices.MemoryMarshal.Cast<float, Wave>(waves).Slice(field * Waves, Waves)
            )
            {
                sum += MathF.Cos((wave.East * east) + (wave.North * north) + wave.Phase);
            }

            var level = MathF.Tanh(Steepness * sum * MathF.Sqrt(2f / Waves)) / SteepDeviation;
            for (var tag = 0; tag < _tags; tag++)
            {
                logOdds[tag] += level * loadings[(field * _tags) + tag];
            }
        }
    }

    private static float[] Draw(ref RowRandom random, double least, double most)
    {
        var waves = new float[Fields * Waves * 3];
        for (var field = 0; field < Fields; field++)
        {
            var length = least * Math.Pow(most / least, random.NextDouble());
            for (var i = field * Waves; i < (field + 1) * Waves; i++)
            {
                waves[3 * i] = (float)(random.NextNormal() / length);
                waves[(3 * i) + 1] = (float)(random.NextNormal() / length);
                waves[(3 * i) + 2] = (float)(2 * Math.PI * random.NextDouble());
            }
        }

        return waves;
    }

    private float[] Load(ref RowRandom random, double share)
    {
        var loadings = new float[Fields * _tags];
        for (var tag = 0; tag < _tags; tag++)
        {
            var square = 0.0;
            for (var field = 0; field < Fields; field++)
            {
                var loading = random.NextNormal();
                loadings[(field * _tags) + tag] = loading;
                square += loading * loading;
            }

            for (var field = 0; field < Fields; field++)
            {
                loadings[(field * _tags) + tag] *= (float)(_strength * share / Math.Sqrt(square));
            }
        }

        return loadings;
    }

    private readonly record struct Wave(float East, float North, float Phase);
}
