using System.Diagnostics;
using System.Globalization;

namespace GeoTagService.Benchmarks.Jpeg;

/// <summary>
/// Our decoder of plain JPEGs beside NetVips' and SkiaSharp's on one thread: times in turns of one process, peak memory in a process of
/// its own for each.
/// </summary>
internal static class JpegComparison
{
    private static readonly TimeSpan LeastTurn = TimeSpan.FromMilliseconds(40);

    public static void Run(int rounds, TextWriter output)
    {
        NetVips.NetVips.Concurrency = 1;
        foreach (var photos in JpegPhotos.All)
        {
            var files = photos.Create();
            var bits = files.Average(file => file.Length) * 8 / photos.Width / photos.Height;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{photos.Name} ({bits:0.0} bits a pixel)"));
            Compare("decoded", JpegContestants.Decoding, files, rounds, output);
            Compare("224 crop ready", JpegContestants.Cropping, files, rounds, output);
            foreach (var name in photos.IsNoisy ? JpegContestants.Cropping.Keys : [])
            {
                var peaks = Enumerable.Range(0, 3).Select(_ => PeakOfAnother(name, photos.Name)).Order().ToArray();
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"  peak memory, {name}: {peaks[1]:0.0} MB ({peaks[0]:0.0} to {peaks[^1]:0.0})"
                    )
                );
            }
        }
    }

    /// <summary>Megabytes by which crops of a kind of photo raise the process's peak above what a tiny one left.</summary>
    public static void WritePeak(string contestant, string kind, TextWriter output)
    {
        NetVips.NetVips.Concurrency = 1;
        var crop = JpegContestants.Cropping[contestant];
        crop((JpegPhotos.All[0] with { Width = 64, Height = 48, Distinct = 1 }).Create()[0]);
        var photo = JpegPhotos.All.Single(photos => photos.Name == kind).Create()[0];
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        // Sets the peak back to what is resident now.
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = StatusOf("VmRSS:");
        for (var i = 0; i < 4; i++)
        {
            crop(photo);
        }

        output.WriteLine(((StatusOf("VmHWM:") - before) / 1024.0).ToString(CultureInfo.InvariantCulture));
    }

    private static void Compare(
        string title,
        IReadOnlyDictionary<string, Action<byte[]>> contestants,
        byte[][] files,
        int rounds,
        TextWriter output
    )
    {
        var names = contestants.Keys.ToArray();
        var repetitions = names.ToDictionary(name => name, name => Repetitions(contestants[name], files));
        var processor = names.ToDictionary(name => name, _ => new double[rounds]);
        var clock = names.ToDictionary(name => name, _ => new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var name in names)
            {
                var used = Environment.CpuUsage.TotalTime;
                var start = Stopwatch.GetTimestamp();
                Repeat(contestants[name], files, repetitions[name]);
                var photos = repetitions[name] * files.Length;
                clock[name][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds / photos;
                processor[name][round] = (Environment.CpuUsage.TotalTime - used).TotalMilliseconds / photos;
            }
        }

        foreach (var name in names)
        {
            var ratios = processor[name].Zip(processor[names[0]], (other, ours) => other / ours).Order().ToArray();
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {title}, {name}: {1000 / Median(clock[name]):0} photos/s, processor {Median(processor[name]):0.00} ms, ÷ ours {ratios[rounds / 2]:0.00} ({ratios[rounds / 4]:0.00} to {ratios[rounds * 3 / 4]:0.00})"
                )
            );
        }
    }

    // At least so many that the clock's and the collector's grain do not show.
    private static int Repetitions(Action<byte[]> run, byte[][] files)
    {
        for (var i = 0; i < 30; i++)
        {
            Repeat(run, files[..1], 1);
        }

        var start = Stopwatch.GetTimestamp();
        Repeat(run, files, 1);
        return Math.Max((int)Math.Ceiling(LeastTurn / Stopwatch.GetElapsedTime(start)), 1);
    }

    private static void Repeat(Action<byte[]> run, byte[][] files, int times)
    {
        for (var i = 0; i < times; i++)
        {
            foreach (var file in files)
            {
                run(file);
            }
        }
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static double PeakOfAnother(string contestant, string kind)
    {
        using var process = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, ["jpeg-peak", contestant, kind]) { RedirectStandardOutput = true }
        )!;
        var peak = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(peak, NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    private static long StatusOf(string field) =>
        long.Parse(
            File.ReadLines("/proc/self/status").Single(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..^2],
            CultureInfo.InvariantCulture
        );
}
