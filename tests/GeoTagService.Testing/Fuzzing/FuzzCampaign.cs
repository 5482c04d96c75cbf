using System.Diagnostics;
using System.Globalization;

namespace GeoTagService.Testing.Fuzzing;

/// <summary>
/// Many inputs through one reader. A test runs a few thousand, always the same; <c>GEOTAG_FUZZ_INPUTS</c> asks for more,
/// <c>GEOTAG_FUZZ_SEED</c> for others, <c>GEOTAG_FUZZ_REPORT</c> names a file for a line of figures, and <c>GEOTAG_FUZZ_FINDINGS</c>
/// a directory in which inputs that found something are kept.
/// </summary>
public sealed class FuzzCampaign
{
    /// <summary>Processor time, so that a busy machine is no finding.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(2);

    private const int MostFindings = 20;

    private readonly string _name;
    private readonly Mutator _mutator;
    private readonly List<string> _findings = [];
    private TimeSpan _longest;
    private long _longestNumber;
    private long _done;

    /// <summary>Prepares a campaign.</summary>
    /// <param name="name">What is fuzzed.</param>
    /// <param name="mutator">Makes the inputs.</param>
    /// <param name="inputs">How many in a test.</param>
    public FuzzCampaign(string name, Mutator mutator, int inputs)
    {
        _name = name;
        _mutator = mutator;
        Inputs = Setting("GEOTAG_FUZZ_INPUTS", inputs);
        Seed = (int)Setting("GEOTAG_FUZZ_SEED", 1);
    }

    /// <summary>How many inputs are tried.</summary>
    public long Inputs { get; }

    /// <summary>Of the campaign.</summary>
    public int Seed { get; }

    /// <summary>Tries them, one after the other.</summary>
    /// <param name="read">Reads an input; whatever it throws is a finding.</param>
    /// <returns>What was found: number of the input and fault.</returns>
    public IReadOnlyList<string> Run(Action<byte[]> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return RunAsync(
                input =>
                {
                    read(input);
                    return Task.CompletedTask;
                },
                atOnce: 1,
                Budget
            )
            .GetAwaiter()
            .GetResult();
    }

    /// <summary>Tries them, several at once.</summary>
    /// <param name="read">Reads an input; whatever it throws is a finding.</param>
    /// <param name="atOnce">How many at once.</param>
    /// <param name="budget">How long one may take: processor time where one is tried at a time, else time.</param>
    public async Task<IReadOnlyList<string>> RunAsync(Func<byte[], Task> read, int atOnce, TimeSpan budget)
    {
        ArgumentNullException.ThrowIfNull(read);
        var warm = Math.Min(Inputs / 10, 2000);
        await TryAsync(0, warm, read, atOnce, budget).ConfigureAwait(false);
        var before = Memory();
        var began = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        await TryAsync(warm, Inputs, read, atOnce, budget).ConfigureAwait(false);
        Report(Stopwatch.GetElapsedTime(began), Environment.CpuUsage.TotalTime - processor, Inputs - warm, before);
        return _findings;
    }

    private async Task TryAsync(long from, long to, Func<byte[], Task> read, int atOnce, TimeSpan budget)
    {
        var next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => atOnce == 1 ? TryAllAsync() : Task.Run(TryAllAsync)))
            .ConfigureAwait(false);

        async Task TryAllAsync()
        {
            for (var number = Interlocked.Increment(ref next); number < to; number = Interlocked.Increment(ref next))
            {
                await TryOneAsync(number, read, atOnce == 1, budget).ConfigureAwait(false);
            }
        }
    }

    private async Task TryOneAsync(long number, Func<byte[], Task> read, bool alone, TimeSpan budget)
    {
        var input = _mutator.Make(Seed, number);
        var began = Stopwatch.GetTimestamp();
        var processor = Environment.CpuUsage.TotalTime;
        try
        {
            await read(input).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            Found(number, input, fault.ToString());
        }

        var took = alone ? Environment.CpuUsage.TotalTime - processor : Stopwatch.GetElapsedTime(began);
        Interlocked.Increment(ref _done);
        lock (_findings)
        {
            if (took > _longest)
            {
                (_longest, _longestNumber) = (took, number);
            }
        }

        if (took > budget)
        {
            Found(number, input, $"took {took.TotalSeconds:0.0} s");
        }
    }

    private void Found(long number, byte[] input, string fault)
    {
        lock (_findings)
        {
            if (_findings.Count >= MostFindings)
            {
                return;
            }

            var kept = "";
            if (Environment.GetEnvironmentVariable("GEOTAG_FUZZ_FINDINGS") is { Length: > 0 } directory)
            {
                Directory.CreateDirectory(directory);
                kept = Path.Combine(
                    directory,
                    $"{new string([.. _name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')])}-{Seed}-{number}.bin"
                );
                File.WriteAllBytes(kept, input);
            }

            _findings.Add($"{_name}, seed {Seed}, input {number} ({input.Length} bytes) {kept}: {fault}");
        }
    }

    private void Report(TimeSpan took, TimeSpan processor, long inputs, (long Managed, long Resident) before)
    {
        if (Environment.GetEnvironmentVariable("GEOTAG_FUZZ_REPORT") is not { Length: > 0 } file)
        {
            return;
        }

        var after = Memory();
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"| {_name} | {Seed} | {_done:N0} | {inputs / Math.Max(took.TotalSeconds, 1e-9):N0} | {inputs / Math.Max(processor.TotalSeconds, 1e-9):N0} | {_findings.Count} | {_longest.TotalMilliseconds:N0} ms (input {_longestNumber}) | {Megabytes(before.Managed)} → {Megabytes(after.Managed)} | {Megabytes(before.Resident)} → {Megabytes(after.Resident)} |"
        );
        File.AppendAllText(file, line + Environment.NewLine);
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

    private static (long Managed, long Resident) Memory()
    {
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        return (managed, Environment.WorkingSet);
    }

    private static long Setting(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? value
            : otherwise;
}
