using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using GeoTagService.FaultTests.Gateway;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>
/// All photos of tests/data/cases, again and again, against one warmed process with the heap of a container of 1 GiB, beside others'
/// requests: the right answer every time. <c>GEOTAG_CASES_ROUNDS</c> says how often (3); <c>GEOTAG_CASES_REPORT</c> names a file for
/// figures.
/// </summary>
public sealed class CasesTests
{
    /// <summary>What .NET takes of a container of 1 GiB.</summary>
    private const string HeapLimit = "0x30000000";

    private static readonly (string File, int Status, string Holds)[] s_cases =
    [
        ("jpeg-stray-byte-truncated.jpg", 422, "invalid-image"),
        ("png-chunk-length-1.9g.png", 422, "invalid-image"),
        ("png-ztxt-40m.png", 200, "\"warnings\":[]"),
        ("jpeg-exif-overlap.jpg", 200, "\"warnings\":[]"),
        ("prog99-gray-100MP.jpg", 413, "image-too-large"),
        ("png-exif.png", 200, "\"probabilities\""),
        ("webp-exif-with-preamble.webp", 200, "\"probabilities\""),
        ("png-two-exif.png", 200, "\"lat\":52.5,"),
        ("gps-zero-zero.jpg", 200, "exif-place-unusable"),
        ("gps-all-0-0.jpg", 200, "exif-place-unusable"),
        ("gps-seconds-0-0.jpg", 200, "exif-place-unusable"),
        ("gif-transparent.gif", 200, "\"probabilities\""),
        ("png-1bit.png", 200, "\"probabilities\""),
        ("cmyk-adobe-1.jpg", 200, "\"probabilities\""),
        ("prog-cut.jpg", 422, "truncated"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryCase_IsAnsweredRightEveryTimeAndNobodyElseNotices()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("GEOTAG_CASES_ROUNDS"), CultureInfo.InvariantCulture, out var asked)
            ? asked
            : 3;
        await using var service = await ServiceProcess
            .Start(new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = HeapLimit }, "--GeoTag:Cache:Enabled=false")
            .ReadyAsync();
        using var client = new HttpClient { BaseAddress = service.Address, Timeout = Eventually.Ceiling };
        var alone = new Dictionary<string, string>();
        foreach (var one in s_cases)
        {
            alone[one.File] = await SendAsync(client, one);
        }

        await using var others = await Traffic.StartAsync(service.Address, clients: 2);
        await others.MoreAsync(Math.Min(10 * rounds, 500));
        var without = others.Requests.Count;
        var residentBefore = ResidentMegabytes(service.Process.Id);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var one in s_cases)
            {
                Assert.Equal(alone[one.File], await SendAsync(client, one));
            }
        }

        var during = others.Requests.Count;
        await others.EndAsync();
        var residentAfter = ResidentMegabytes(service.Process.Id);

        Assert.Empty(others.Failed);
        Assert.False(service.Process.HasExited);
        if (rounds >= 100)
        {
            Assert.InRange(residentAfter, 0, residentBefore * 1.1);
        }

        if (Environment.GetEnvironmentVariable("GEOTAG_CASES_REPORT") is { Length: > 0 } report)
        {
            var sent = others.Requests.ToList();
            await File.AppendAllTextAsync(
                report,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rounds} rounds of {s_cases.Length} photos: all right; p99 of others {P99(sent.Take(without)):0} ms without ({without} requests), {P99(sent.Skip(without).Take(during - without)):0} ms with ({during - without}); resident {residentBefore:0} → {residentAfter:0} MB{Environment.NewLine}"
                ),
                Token
            );
        }
    }

    /// <summary>Sends a case and holds its answer against what is right.</summary>
    /// <returns>What must be the same every time.</returns>
    private static async Task<string> SendAsync(HttpClient client, (string File, int Status, string Holds) one)
    {
        using var photo = new ByteArrayContent(CaseFiles.Read(one.File));
        photo.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var form = new MultipartFormDataContent { { photo, "image", one.File } };
        using var answer = await client.PostAsync("v1/tags", form, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True((int)answer.StatusCode == one.Status, $"{one.File}: {(int)answer.StatusCode} instead of {one.Status}: {text}");
        Assert.Contains(one.Holds, text, StringComparison.Ordinal);
        if (one.Status != 200)
        {
            return one.Holds;
        }

        using var document = JsonDocument.Parse(text);
        // Rounded to what company in a batch may change.
        return string.Join(
            ' ',
            document
                .RootElement.GetProperty("probabilities")
                .EnumerateObject()
                .Select(tag => tag.Value.GetDouble().ToString("0.000", CultureInfo.InvariantCulture))
        );
    }

    private static double P99(IEnumerable<Traffic.Sent> sent)
    {
        var took = sent.Select(one => Stopwatch.GetElapsedTime(one.Began, one.Ended).TotalMilliseconds).Order().ToList();
        return took.Count == 0 ? double.NaN : took[(int)Math.Ceiling(0.99 * took.Count) - 1];
    }

    private static double ResidentMegabytes(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.WorkingSet64 / 1e6;
    }
}
