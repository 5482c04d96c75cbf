using System.Globalization;
using System.Numerics;
using System.Text;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Decisions;

/// <summary>
/// Decides whole label sets: of the sets that training photos carry, the most probable one. A set's score is the sum of
/// its tags' logits plus, times a weight w, how much commoner it is than its tags are if they were independent:
/// log P(S) − Σ log-odds P(t). At w = 0 tags stay independent and only unseen sets are ruled out; w = 1 is right when
/// what a head sees of one tag tells nothing new of the others, which embeddings do not satisfy.
/// </summary>
public sealed class LabelSetPrior
{
    /// <summary>Name of the file that <c>geotag train</c> leaves beside its heads.</summary>
    public const string FileName = "label-sets.csv";

    /// <summary>The weight that did best on the semi-synthetic benchmark; 0.1 to 0.5 all gain there.</summary>
    public const double DefaultWeight = 0.25;

    /// <summary>Of the sets, so many of the commonest are tried; the paper's 600,000 photos carry more, each once or twice.</summary>
    internal const int MostSets = 16_384;

    private const string Header = "photos,rows";
    private const float Closest = 1e-7f;

    private readonly (ulong Set, long Photos)[] _counts;
    private readonly int[] _members;
    private readonly int[] _ends;
    private readonly float[] _bias;

    private LabelSetPrior(IEnumerable<(ulong Set, long Photos)> counts, int tags, double weight)
    {
        Tags = tags;
        Weight = weight;
        _counts = [.. counts.Where(pair => pair.Set != 0).OrderByDescending(pair => pair.Photos).ThenBy(pair => pair.Set).Take(MostSets)];
        var photos = _counts.Sum(pair => pair.Photos);
        var odds = new double[tags];
        for (var tag = 0; tag < tags; tag++)
        {
            var with = _counts.Where(pair => (pair.Set >> tag & 1) != 0).Sum(pair => pair.Photos);
            odds[tag] = Math.Log((with + 0.5) / (photos - with + 0.5));
        }

        _members = new int[_counts.Sum(pair => BitOperations.PopCount(pair.Set))];
        _ends = new int[_counts.Length];
        _bias = new float[_counts.Length];
        var at = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            var surprise = Math.Log((double)_counts[i].Photos / photos);
            for (var left = _counts[i].Set; left != 0; left &= left - 1)
            {
                _members[at++] = BitOperations.TrailingZeroCount(left);
                surprise -= odds[_members[at - 1]];
            }

            _ends[i] = at;
            _bias[i] = (float)(weight * surprise);
        }
    }

    /// <summary>Number of tags.</summary>
    public int Tags { get; }

    /// <summary>Number of sets that are tried.</summary>
    public int Sets => _counts.Length;

    /// <summary>How much the sets' frequency counts, 0 or more.</summary>
    public double Weight { get; }

    /// <summary>Counts the sets of training photos; an empty one is no answer and does not count.</summary>
    /// <param name="labels">One bit per tag and photo, at least one of them not empty.</param>
    /// <param name="tags">Number of tags, at most 64.</param>
    /// <param name="weight">How much their frequency counts, 0 or more.</param>
    public static LabelSetPrior Count(IEnumerable<ulong> labels, int tags, double weight = DefaultWeight)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tags, 64);
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        var prior = new LabelSetPrior(labels.CountBy(set => set).Select(pair => (pair.Key, (long)pair.Value)), tags, weight);
        return prior.Sets > 0 ? prior : throw new ArgumentException("no photo carries a tag", nameof(labels));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">There is no such file, or it is not what it should be.</exception>
    public static LabelSetPrior Read(string path, int tags, double weight = DefaultWeight)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weight);
        var lines = File.Exists(path) ? File.ReadAllLines(path) : throw new InvalidDataException($"{path}: there is no such file");
        if (lines.Length < 2 || lines[0] != Header)
        {
            throw new InvalidDataException($"{path} holds no label sets: its first line is not '{Header}', or it is the only one");
        }

        return new LabelSetPrior(
            lines
                .Skip(1)
                .Select(
                    (line, i) =>
                        Parse(line, tags) is { Set: not 0 } pair
                            ? pair
                            : throw new InvalidDataException(
                                $"{path} line {i + 2}: expected photos and head rows below {tags}, as '12,3 17'"
                            )
                ),
            tags,
            weight
        );
    }

    /// <summary>Writes the sets and how often each occurs, the commonest first; replaces the file as a whole.</summary>
    public void Write(string path) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                var text = new StringBuilder(Header).Append('\n');
                foreach (var (set, photos) in _counts)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{photos},")
                        .AppendJoin(' ', Enumerable.Range(0, Tags).Where(tag => (set >> tag & 1) != 0))
                        .Append('\n');
                }

                stream.Write(Encoding.ASCII.GetBytes(text.ToString()));
            }
        );

    /// <summary>The set of best score; of equals the commonest. Never empty. Safe for use from several threads.</summary>
    /// <param name="probabilities">One per tag.</param>
    public ulong Decide(ReadOnlySpan<float> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, Tags);
        Span<float> logits = stackalloc float[Tags];
        for (var tag = 0; tag < Tags; tag++)
        {
            var p = Math.Clamp(probabilities[tag], Closest, 1 - Closest);
            logits[tag] = MathF.Log(p / (1 - p));
        }

        var (best, bestScore, at) = (0, float.NegativeInfinity, 0);
        for (var i = 0; i < _bias.Length; i++)
        {
            var score = _bias[i];
            for (; at < _ends[i]; at++)
            {
                score += logits[_members[at]];
            }

            if (score > bestScore)
            {
                (best, bestScore) = (i, score);
            }
        }

        return _counts[best].Set;
    }

    private static (ulong Set, long Photos) Parse(string line, int tags)
    {
        var parts = line.Split(',');
        if (parts.Length != 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var photos) || photos < 1)
        {
            return default;
        }

        var set = 0UL;
        foreach (var part in parts[1].Split(' '))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var row) || row >= tags)
            {
                return default;
            }

            set |= 1UL << row;
        }

        return (set, photos);
    }
}
