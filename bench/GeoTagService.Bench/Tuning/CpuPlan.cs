using System.Globalization;
using GeoTagService.Core.Batching;
using GeoTagService.Onnx;

namespace GeoTagService.Bench.Tuning;

/// <summary>How the encoders use a CPU: the settings that a measurement chooses.</summary>
/// <param name="IntraOpThreads">Threads of a run that is alone.</param>
/// <param name="ConcurrentRuns">Runs at once.</param>
/// <param name="Spinning">Whether threads spin between operators.</param>
/// <param name="MaxBatchSize">Most photos of a run.</param>
/// <param name="MaxTitleBatchSize">Most titles of a run.</param>
public sealed record CpuPlan(int IntraOpThreads, int ConcurrentRuns, bool Spinning, int MaxBatchSize, int MaxTitleBatchSize)
{
    /// <summary>The plan as environment variables, one a line: <c>NAME=value</c>.</summary>
    public IEnumerable<string> Variables =>
        [
            Variable(OnnxEncoderOptions.SectionName, nameof(OnnxEncoderOptions.IntraOpThreads), IntraOpThreads),
            Variable(OnnxEncoderOptions.SectionName, nameof(OnnxEncoderOptions.ConcurrentRuns), ConcurrentRuns),
            Variable(OnnxEncoderOptions.SectionName, nameof(OnnxEncoderOptions.Spinning), Spinning),
            Variable(BatchingOptions.SectionName, nameof(BatchingOptions.MaxBatchSize), MaxBatchSize),
            Variable(BatchingOptions.SectionName, nameof(BatchingOptions.MaxTitleBatchSize), MaxTitleBatchSize),
        ];

    /// <summary>Into how many runs at once threads may be divided: 1, 2, 4 … of them, and one for each thread.</summary>
    public static IReadOnlyList<int> Divisions(int threads)
    {
        var divisions = new List<int>();
        for (var runs = 1; runs < threads; runs *= 2)
        {
            divisions.Add(runs);
        }

        divisions.Add(threads);
        return divisions;
    }

    /// <summary>The first that is nearly as fast as the fastest: a gain within the noise of a measurement is none, and those
    /// that come first are gentler to whoever waits.</summary>
    /// <param name="measured">Options with milliseconds an item, gentler ones first.</param>
    /// <param name="worthwhile">The share of time that must be saved.</param>
    public static T Choose<T>(IReadOnlyList<(T Option, double Milliseconds)> measured, double worthwhile)
    {
        var limit = measured.Min(one => one.Milliseconds) / (1 - worthwhile);
        return measured.First(one => one.Milliseconds <= limit).Option;
    }

    /// <summary>A setting as an environment variable.</summary>
    internal static string Variable(string section, string name, object value) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{section.Replace(":", "__", StringComparison.Ordinal)}__{name}={(value is bool flag ? (flag ? "true" : "false") : value)}"
        );
}
