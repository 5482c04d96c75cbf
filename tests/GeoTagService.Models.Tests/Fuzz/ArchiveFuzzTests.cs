using System.Diagnostics;
using GeoTagService.Testing;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Fuzz;

public sealed class ArchiveFuzzTests : IDisposable
{
    private const string MinutesVariable = "GEOTAG_FUZZ_MINUTES";
    private const int Mutations = 3_000;
    private const int MostKept = 200;
    private const int LongestKept = 8_000;
    private const int LongestExample = 700;
    private readonly TemporaryFolder _folder = new();

    /// <summary>Inputs from earlier runs, one a line in base 64: an example of each refusal, and every finding.</summary>
    private static string CorpusFile { get; } =
        Path.Combine(ReferenceData.RepositoryRoot, "tests", "GeoTagService.Models.Tests", "Fuzz", "corpus.txt");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Seeds_AreRead()
    {
        var fuzzer = new ArchiveFuzzer(_folder.Path);
        Assert.Equal(7, ArchiveFuzzer.Seeds().Count(seed => fuzzer.Run(seed) is null));
    }

    [Fact]
    public void Corpus_IsReadOrRefused()
    {
        var inputs = File.ReadAllLines(CorpusFile);
        Assert.NotEmpty(inputs);
        var fuzzer = new ArchiveFuzzer(_folder.Path);
        Assert.All(inputs, input => fuzzer.Run(Convert.FromBase64String(input)));
    }

    [Fact]
    public void Mutations_AreReadOrRefused()
    {
        var campaign = new Campaign(_folder.Path, seed: 20240502);
        while (campaign.Runs < Mutations)
        {
            campaign.Step();
        }

        Assert.True(campaign.Causes.Count > 20, "the mutations do not reach into the readers");
    }

    /// <summary>Other mutations each time, for the minutes that <c>GEOTAG_FUZZ_MINUTES</c> gives (10), by hand:
    /// <c>--explicit only</c>. Findings, and examples of new refusals, are added to the corpus.</summary>
    [Fact(Explicit = true)]
    public void Mutations_ForMinutes_AreReadOrRefused()
    {
        var limit = TimeSpan.FromMinutes(double.TryParse(Environment.GetEnvironmentVariable(MinutesVariable), out var given) ? given : 10);
        var campaign = new Campaign(_folder.Path, Random.Shared.Next());
        var known = File.Exists(CorpusFile) ? File.ReadAllLines(CorpusFile) : [];
        var knownWays = campaign.Learn(known.Select(Convert.FromBase64String));
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < limit)
        {
            campaign.Step();
        }

        var examples = campaign
            .Causes.Where(way => !knownWays.Contains(way.Key) && way.Value.Length <= LongestExample)
            .Select(way => Convert.ToBase64String(way.Value))
            .Order()
            .ToArray();
        File.AppendAllLines(CorpusFile, examples);
        Assert.Skip(
            $"{campaign.Runs} inputs, {campaign.Read} of them read, the others refused in {campaign.Causes.Count} ways, "
                + $"{examples.Length} of them new; no finding"
        );
    }

    /// <summary>A run of mutations from one seed.</summary>
    private sealed class Campaign(string folder, int seed)
    {
        private readonly ArchiveFuzzer _fuzzer = new(folder);
        private readonly ArchiveMutator _mutator = new(seed);
        private readonly List<byte[]> _corpus = [.. ArchiveFuzzer.Seeds()];
        private int _kept;

        public long Runs { get; private set; }

        public long Read { get; private set; }

        /// <summary>The shortest input of each way to be refused.</summary>
        public Dictionary<string, byte[]> Causes { get; } = [];

        /// <summary>Takes earlier inputs in, and says in which ways they are refused.</summary>
        public HashSet<string> Learn(IEnumerable<byte[]> inputs)
        {
            foreach (var input in inputs)
            {
                Keep(input, _fuzzer.Run(input));
            }

            Read = 0;
            return [.. Causes.Keys];
        }

        public void Step()
        {
            var input = _mutator.Next(_corpus);
            Runs++;
            try
            {
                Keep(input, _fuzzer.Run(input));
            }
            catch (InvalidOperationException finding)
            {
                File.AppendAllLines(CorpusFile, [Convert.ToBase64String(input)]);
                Assert.Fail($"seed {seed}, input {Runs}, now in {CorpusFile}: {finding.Message}\n{finding.InnerException}");
            }
        }

        private void Keep(byte[] input, string? cause)
        {
            if (cause is null)
            {
                Read++;
            }
            else
            {
                // Names and numbers differ, the way does not.
                var way = string.Concat(cause.Split('\'').Where((_, i) => i % 2 == 0)).Where(c => char.IsLetter(c) || c == ' ');
                var key = new string([.. way.Take(60)]);
                if (Causes.TryGetValue(key, out var shortest) && shortest.Length <= input.Length)
                {
                    return;
                }

                Causes[key] = input;
            }

            // What is still read, or refused in a new way, leads to deeper changes.
            if (_kept < MostKept && input.Length < LongestKept)
            {
                _kept++;
                _corpus.Add(input);
            }
        }
    }
}
