using System.Globalization;
using GeoTagService.Core;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Whatever happens to an archive and to the runs over it, in whatever order: after an update the output is that of one
/// undisturbed run over the list as it is in the end.</summary>
public sealed class InterleavedRunTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new(inMemory: true);

    public void Dispose() => _directory.Dispose();

    private static readonly DrawnKind[] Kinds = Enum.GetValues<DrawnKind>();

    /// <summary>400 seeds, or as many others as <c>GEOTAG_INTERLEAVED_SEEDS</c> says, <c>FROM+COUNT</c>.</summary>
    public static TheoryData<int> Seeds
    {
        get
        {
            var asked = (Environment.GetEnvironmentVariable("GEOTAG_INTERLEAVED_SEEDS") ?? "0+400").Split('+');
            return
            [
                .. Enumerable.Range(int.Parse(asked[0], CultureInfo.InvariantCulture), int.Parse(asked[1], CultureInfo.InvariantCulture)),
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task ChangesKillsAndResumes_EndAsOneUndisturbedRun(int seed)
    {
        var random = new Random(seed);
        await using var archive = new DrawnArchive(_directory.Root, random, Kinds[seed % Kinds.Length]);
        var output = "out." + new[] { "csv", "ndjson", "geojson", "parquet" }[seed / Kinds.Length % 4];
        var (window, atOnce) = (random.Next(1, 6), random.Next(1, 5));
        for (var step = random.Next(3, 9); step > 0; step--)
        {
            for (var changes = random.Next(4); changes > 0; changes--)
            {
                archive.Change();
            }

            archive.FailForAWhile();
            var passing = random.Next(3) == 0 ? random.Next(2, 6) : int.MaxValue;
            var run = Run(archive, output, update: random.Next(3) == 0, window, atOnce, item => (ItemNumber(item.Id) % passing) == 1);
            try
            {
                await run.RunAndKillAsync(random.Next(1, 40), random);
            }
            catch (RunFailureException refused) when (archive.Kind != DrawnKind.Folder && !run.Update)
            {
                Assert.Contains("--update", refused.Message, StringComparison.Ordinal);
            }
        }

        archive.Recover();
        await Run(archive, output, update: true, window, atOnce).RunAsync();
        var fresh = Run(archive, "fresh-" + output, update: false, 1, 1);
        await fresh.RunAsync();

        foreach (var ending in new[] { "", ".errors.ndjson" })
        {
            Assert.Equal(await BytesAsync("fresh-" + output + ending), await BytesAsync(output + ending));
        }

        var again = Run(archive, output, update: true, window, atOnce);
        await again.RunAsync();
        Assert.Equal(await BytesAsync("fresh-" + output), await BytesAsync(output));

        // An update of what has not changed tags nothing but what was rejected.
        Assert.Equal((await BytesAsync(output + ".errors.ndjson")).Count(value => value == '\n'), again.Tagged);
    }

    private static int ItemNumber(string id) => id.Sum(character => character);

    private DrawnRun Run(
        DrawnArchive archive,
        string output,
        bool update,
        int window,
        int atOnce,
        Func<Bulk.ListItem, bool>? fails = null
    ) =>
        new(archive.Input, _directory.PathOf(output))
        {
            Update = update,
            Window = window,
            PhotosAtOnce = atOnce,
            FailsInPassing = fails ?? (_ => false),
        };

    /// <summary>A file's content; where nothing was rejected there is no file of errors.</summary>
    private async Task<byte[]> BytesAsync(string name) =>
        File.Exists(_directory.PathOf(name))
            ? await File.ReadAllBytesAsync(_directory.PathOf(name), TestContext.Current.CancellationToken)
            : [];
}
