using System.Diagnostics;
using System.Globalization;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Benchmarks;

/// <summary>
/// Runs decode, resize, crop and normalise on demand, so that a peer in another process can take turns with it:
/// reads "index count" lines, answers each with the processor's microseconds per repetition, then with those of the
/// clock for every repetition. On a machine that others use too, only the first can be compared.
/// </summary>
internal static class PreprocessingRounds
{
    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Std = [0.26862954f, 0.26130258f, 0.27577711f];

    public static void Serve(string[] photos, TextReader input, TextWriter output)
    {
        var files = photos.Select(File.ReadAllBytes).ToArray();
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), 224);
        var request = new ImageDecodeRequest(MaxPixels: 100_000_000, ApplyOrientation: false);
        var chw = new float[224 * 224 * 3];
        while (input.ReadLine() is { } line && line.Split(' ') is [var index, var count])
        {
            var photo = files[int.Parse(index)];
            var times = new double[int.Parse(count)];
            var cpu = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < times.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using (var crop = preprocessor.Prepare(photo, request).Value!)
                {
                    ImageNormalizer.Normalize(crop.Pixels.Span, Mean, Std, chw);
                }

                times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }

            var used = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / times.Length;
            output.WriteLine(string.Join(' ', times.Prepend(used).Select(t => t.ToString("F1", CultureInfo.InvariantCulture))));
            output.Flush();
        }
    }
}
