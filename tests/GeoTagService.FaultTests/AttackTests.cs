using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using GeoTagService.FaultTests.Gateway;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>
/// What once stopped everybody, again and again beside others' requests: none of theirs is lost or wrong. <c>GEOTAG_ATTACK_ROUNDS</c> says
/// how
/// often rounds without and with the attack take turns (1), <c>GEOTAG_ATTACK_REPORT</c> names a file for the others' latencies in both.
/// </summary>
public sealed class AttackTests(OneService one) : IClassFixture<OneService>
{
    private const int Attackers = 1;

    private static readonly byte[] s_photo = TestImages.Jpeg(640, 480);

    // Made once: an attacker does not spend the service's cores on making them.
    private static readonly Lazy<byte[]> s_items = new(() => Repeated("{\"items\":[", "{},", "{}]}"));
    private static readonly Lazy<byte[]> s_members = new(() => Repeated("{\"title\":\"a\"", ",\"x\":1", "}"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Rounds =>
        int.TryParse(Environment.GetEnvironmentVariable("GEOTAG_ATTACK_ROUNDS"), CultureInfo.InvariantCulture, out var asked) ? asked : 1;

    [Theory]
    [InlineData("poison")]
    [InlineData("metadata")]
    [InlineData("many scans")]
    [InlineData("slow uploads")]
    [InlineData("endless items")]
    [InlineData("endless members")]
    [InlineData("no time")]
    public async Task Attack_CostsOthersNoAnswer(string attack)
    {
        // A round is long enough to have a 99th percentile only where one is asked for.
        var requests = Rounds == 1 ? 20 : 300;
        await using var others = await Traffic.StartAsync(one.Service.Address, clients: 2);
        await others.MoreAsync(requests);
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var without = await P99Async(others, requests);
            double with;
            using (var enough = new CancellationTokenSource())
            {
                var attackers = Enumerable.Range(0, Attackers).Select(_ => Task.Run(() => AttackAsync(attack, enough.Token))).ToList();
                with = await P99Async(others, requests);
                await enough.CancelAsync();
                await Task.WhenAll(attackers);
            }

            ratios.Add(with / without);
            await ReportAsync(
                string.Create(CultureInfo.InvariantCulture, $"| {attack} | {round + 1} | {without:0} | {with:0} | {with / without:0.00} |")
            );
        }

        await others.EndAsync();

        Assert.DoesNotContain(others.Failed, failed => !failed.Fault!.StartsWith("503", StringComparison.Ordinal));
        Assert.False(one.Service.Process.HasExited);
        ratios.Sort();
        await ReportAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {attack} | median | | | {ratios[ratios.Count / 2]:0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00}); {others.Failed.Count} of {others.Requests.Count} refused |"
            )
        );
    }

    /// <summary>The 99th percentile of others' next requests, in milliseconds.</summary>
    private static async Task<double> P99Async(Traffic others, int requests)
    {
        var before = others.Requests.Count;
        await others.MoreAsync(requests);
        var took = others
            .Requests.Skip(before)
            .Select(sent => Stopwatch.GetElapsedTime(sent.Began, sent.Ended).TotalMilliseconds)
            .Order()
            .ToList();
        return took[(int)Math.Ceiling(0.99 * took.Count) - 1];
    }

    private static async Task ReportAsync(string line)
    {
        if (Environment.GetEnvironmentVariable("GEOTAG_ATTACK_REPORT") is { Length: > 0 } report)
        {
            await File.AppendAllTextAsync(report, line + Environment.NewLine, Token);
        }
    }

    private async Task AttackAsync(string attack, CancellationToken enough)
    {
        using var client = new HttpClient { BaseAddress = one.Service.Address, Timeout = Eventually.Ceiling };
        while (!enough.IsCancellationRequested)
        {
            switch (attack)
            {
                case "poison":
                    await PostAsync(client, "v1/tags", CaseFiles.Read("jpeg-stray-byte-truncated.jpg"), "image/jpeg");
                    break;
                case "metadata":
                    await PostAsync(client, "v1/tags", CaseFiles.Read("png-chunk-length-1.9g.png"), "image/png");
                    await PostAsync(client, "v1/tags", CaseFiles.Read("jpeg-exif-overlap.jpg"), "image/jpeg");
                    break;
                case "many scans":
                    await PostAsync(client, "v1/tags", CaseFiles.Read("prog99-gray-100MP.jpg"), "image/jpeg");
                    break;
                case "slow uploads":
                    await UploadSlowlyAsync(enough);
                    break;
                case "endless items":
                    await PostAsync(client, "v1/embeddings", s_items.Value, "application/json");
                    break;
                case "endless members":
                    await PostAsync(client, "v1/tags", s_members.Value, "application/json");
                    break;
                case "no time":
                    client.DefaultRequestHeaders.Remove("X-Request-Timeout");
                    client.DefaultRequestHeaders.Add("X-Request-Timeout", "0.001");
                    await PostAsync(client, "v1/tags", s_photo, "image/jpeg");
                    await Task.Delay(200, CancellationToken.None);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(attack));
            }
        }
    }

    /// <summary>28 MB of one thing.</summary>
    private static byte[] Repeated(string head, string one, string tail)
    {
        var text = new StringBuilder(head);
        while (text.Length < 28_000_000)
        {
            text.Append(one);
        }

        return Encoding.ASCII.GetBytes(text.Append(tail).ToString());
    }

    private static async Task PostAsync(HttpClient client, string path, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        try
        {
            using var answer = await client.PostAsync(path, content, Token);
            Assert.True((int)answer.StatusCode != 500, await answer.Content.ReadAsStringAsync(Token));
        }
        catch (HttpRequestException)
        {
            // The service ended an upload that it would not read to its end.
        }
    }

    private async Task UploadSlowlyAsync(CancellationToken enough)
    {
        var slow = new List<RawConnection>();
        for (var i = 0; i < 13; i++)
        {
            slow.Add(await RawConnection.OpenAsync(one.Service));
            await slow[i].SendAsync(RawConnection.Post("/v1/tags", $"Content-Type: image/jpeg\r\nContent-Length: {s_photo.Length}\r\n"));
        }

        try
        {
            for (var sent = 0; sent < 40 && !enough.IsCancellationRequested; sent++)
            {
                foreach (var connection in slow)
                {
                    await connection.SendAsync(s_photo.AsMemory(sent * 30, 30));
                }

                await Task.Delay(100, CancellationToken.None);
            }
        }
        catch (Exception ended) when (ended is IOException or System.Net.Sockets.SocketException)
        {
            // As it should be: too slow.
        }

        foreach (var connection in slow)
        {
            await connection.DisposeAsync();
        }
    }
}
