using System.Diagnostics;
using System.Globalization;
using System.Text;
using GeoTagService.Bench.Load;
using GeoTagService.Bench.Parts;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Onnx;

namespace GeoTagService.Benchmarks;

/// <summary>What a plan costs: its photos a second beside the bare encoder, and its commands beside one run over the same list.</summary>
internal static class PlanOverhead
{
    private const int RowsOfAStart = 8;
    private const int RunsPerBatch = 3;
    private static readonly int[] Batches = [4, 8, 16];

    /// <summary>Photos a second of <c>tag --plan</c>, its start taken off, and of the best loop over the bare encoder before and
    /// after it, by turns.</summary>
    /// <param name="tool">The built geotag.dll.</param>
    /// <param name="bundle">The bundle's directory.</param>
    /// <param name="precision">fp32 or int8.</param>
    /// <param name="rows">Rows of each round.</param>
    /// <param name="rounds">Rounds.</param>
    /// <param name="photos">Folder of JPEGs, or null for made ones of 640 × 480.</param>
    /// <param name="output">Where the figures go.</param>
    public static void CompareRates(string tool, string bundle, string precision, int rows, int rounds, string? photos, TextWriter output)
    {
        using var work = new WorkFolder();
        using var model = LoadedModel.Load(
            BundleReader.OpenDirectory(bundle),
            EncoderVariants.Engine(
                new OnnxEncoderOptions
                {
                    Accelerator = AcceleratorChoice.Cpu,
                    Precision = Enum.Parse<PrecisionChoice>(precision, ignoreCase: true),
                }
            )
        );
        using var items = new BenchItems(
            new ImagePreprocessor(new InProcessImageDecoder(), model.Encoder.Geometry.ImageSize),
            model.Tokenizer
        );
        var runs = model.Encoder.Runtime.ConcurrentRuns;
        var variants = new[] { 1, runs }
            .Distinct()
            .SelectMany(count => Batches.Select(batch => EncoderVariants.Photos($"{count} × {batch}", model.Encoder, items, batch, count)))
            .ToArray();
        double Bare() => 1000 / Turns.Measure(variants, RunsPerBatch, CancellationToken.None).Min(variant => variant.Median);
        void Run(params string[] arguments) => RunTool(tool, bundle, precision, arguments);

        var (list, start) = (work.PathOf("list.csv"), work.PathOf("start.csv"));
        WritePhotos(work, list, rows, photos);
        File.WriteAllLines(start, File.ReadLines(list).Take(1 + RowsOfAStart));
        var (bare, planned, share) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            Run("plan", "--input", list, "--tasks", "4", "--output", work.PathOf($"plan{round}"));
            Run("plan", "--input", start, "--tasks", "1", "--output", work.PathOf($"start{round}"));
            var before = Bare();
            var toStart = Seconds(() => Run("tag", "--plan", work.PathOf($"start{round}"), "--any-task", "--quiet"));
            var all = Seconds(() => Run("tag", "--plan", work.PathOf($"plan{round}"), "--any-task", "--quiet"));
            bare.Add((before + Bare()) / 2);
            planned.Add((rows - RowsOfAStart) / (all - toStart));
            share.Add(planned[^1] / bare[^1]);
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{precision}: {planned[^1]:F1}/s of {bare[^1]:F1}/s bare, {share[^1]:F3}; start {toStart:F2} s"
                )
            );
        }

        Print(output, "bare encoder, photos a second", bare);
        Print(output, "tag --plan, photos a second", planned);
        Print(output, "tag --plan ÷ bare", share);
    }

    /// <summary>Seconds of a list in one run, and of plan, tasks, verify and merge over the same list, by turns. Fails where the
    /// merge is not what the one run writes.</summary>
    public static void CompareCommands(string tool, string bundle, int rows, int tasks, int rounds, TextWriter output)
    {
        using var work = new WorkFolder();
        var list = work.PathOf("list.csv");
        File.WriteAllLines(list, ["id,title", .. Enumerable.Range(0, rows).Select(row => $"{row},Lock number {row} of the canal")]);
        var (whole, plan, tagged, verify, merge, more) = (
            new List<double>(),
            new List<double>(),
            new List<double>(),
            new List<double>(),
            new List<double>(),
            new List<double>()
        );
        for (var round = 0; round < rounds; round++)
        {
            var (folder, merged, single) = (
                work.PathOf($"plan{round}"),
                work.PathOf($"merged{round}.csv"),
                work.PathOf($"single{round}.csv")
            );
            void TagWhole() => whole.Add(Timed("tag", "--input", list, "--output", single, "--quiet"));
            void TagPlan() => tagged.Add(Timed("tag", "--plan", folder, "--any-task", "--quiet"));
            plan.Add(Timed("plan", "--input", list, "--tasks", $"{tasks}", "--output", folder));
            // Whoever comes second finds more in the processors' caches: that takes turns, too.
            foreach (var tag in round % 2 == 0 ? new[] { TagWhole, TagPlan } : [TagPlan, TagWhole])
            {
                tag();
            }

            verify.Add(Timed("verify", "--plan", folder));
            merge.Add(Timed("merge", "--plan", folder, "--output", merged));
            if (!File.ReadAllBytes(merged).AsSpan().SequenceEqual(File.ReadAllBytes(single)))
            {
                throw new InvalidOperationException($"{merged} is not what {single} is");
            }

            more.Add(plan[^1] + tagged[^1] - whole[^1] + verify[^1] + merge[^1]);
        }

        Print(output, "tag --input, s", whole);
        Print(output, $"plan --tasks {tasks}, s", plan);
        Print(output, "tag --plan --any-task, s", tagged);
        Print(output, "verify, s", verify);
        Print(output, "merge, s", merge);
        Print(output, "all of the plan's less tag --input, s", more);

        double Timed(params string[] arguments) => Seconds(() => RunTool(tool, bundle, "auto", arguments));
    }

    /// <summary>A list of photos of distinct bytes: a comment in each, which costs a decoder nothing.</summary>
    private static void WritePhotos(WorkFolder work, string list, int rows, string? folder)
    {
        var content = LoadContent.Create(LoadMode.Photo, folder, null);
        using var lines = new StreamWriter(list);
        lines.WriteLine("id,image");
        for (var row = 0; row < rows; row++)
        {
            var photo = content.ItemOf(row).Photo!;
            using (var file = File.Create(work.PathOf($"{row}.jpg")))
            {
                file.Write(photo.AsSpan(0, 2));
                file.Write([0xff, 0xfe, 0, 10, .. Encoding.ASCII.GetBytes($"{row:D8}")]);
                file.Write(photo.AsSpan(2));
            }

            lines.WriteLine($"{row},{row}.jpg");
        }
    }

    private static double Seconds(Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static void RunTool(string tool, string bundle, string precision, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [tool, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["GeoTag__Bundle"] = bundle;
        start.Environment["GeoTag__Onnx__Precision"] = precision;
        using var process = Process.Start(start)!;
        // Both are short; nobody waits for a full pipe.
        var error = process.StandardError.ReadToEnd();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"geotag {arguments[0]} ended with {process.ExitCode}: {error}{said}");
        }
    }

    private static void Print(TextWriter output, string what, List<double> values)
    {
        var sorted = values.Order().ToArray();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: median {sorted[sorted.Length / 2]:F3}, {sorted[0]:F3} to {sorted[^1]:F3}, {sorted.Length} rounds"
            )
        );
    }

    /// <summary>A folder that goes when the measurement ends.</summary>
    private sealed class WorkFolder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("geotag-plan-").FullName;

        public string PathOf(string name) => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
