using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using GeoTagService.Testing;
using GeoTagService.Testing.Fuzzing;

namespace GeoTagService.FaultTests.Fuzz;

/// <summary>Changed photos and changed requests through one whole, warmed service and its decoder processes.</summary>
public sealed partial class WholeServiceFuzzTests
{
    private const int AtOnce = 4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Formats => ["jpg", "png", "webp", "gif", "bmp"];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Photo_IsDecodedOrRefusedAndEndsNoDecoder(string format)
    {
        var photos = new[] { "formats", "cases" }
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", folder), $"*.{format}")
            )
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)
            .Where(bytes => bytes.Length < 60_000)
            .ToList();
        await FuzzAsync($"whole service, {format}", new Mutator(photos), "/v1/tags", "application/octet-stream");
    }

    [Fact]
    public async Task Request_IsAnsweredOrRefused()
    {
        foreach (var kind in RequestCorpus.Kinds)
        {
            await FuzzAsync(
                $"whole service, {kind.Name}",
                new Mutator(kind.Bodies, kind.Words, longest: 64 * 1024),
                kind.Path,
                kind.ContentType,
                inputs: 60
            );
        }
    }

    private static async Task FuzzAsync(string name, Mutator mutator, string path, string type, int inputs = 150)
    {
        await using var service = await ServiceProcess
            .Start(new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Error" })
            .ReadyAsync();
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = AtOnce })
        {
            BaseAddress = service.Address,
            Timeout = Eventually.Ceiling,
        };
        var alone = await KnownAsync(client);
        var sent = 0;
        var campaign = new FuzzCampaign(name, mutator, inputs);
        var before = Resident(service.Process.Id);

        var findings = await campaign.RunAsync(
            async input =>
            {
                using var body = new ByteArrayContent(input);
                body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
                using var answer = await client.PostAsync(path, body, Token);
                var status = (int)answer.StatusCode;
                // Busy is an answer; ours to blame are the others from 500 on.
                Assert.True(status is 200 or 503 or (>= 400 and < 500), $"{status}: {await answer.Content.ReadAsStringAsync(Token)}");
                if (Interlocked.Increment(ref sent) % 50 == 0)
                {
                    Assert.Equal(alone, await KnownAsync(client));
                }
            },
            AtOnce,
            // A photo may take its whole budget, and wait for others that do.
            TimeSpan.FromSeconds(60)
        );

        Assert.Empty(findings);
        Assert.False(service.Process.HasExited);
        Assert.Equal(alone, await KnownAsync(client));
        var metrics = await client.GetStringAsync("metrics", Token);
        Assert.DoesNotMatch(Crashes(), metrics);
        if (Environment.GetEnvironmentVariable("GEOTAG_FUZZ_REPORT") is { Length: > 0 } report)
        {
            await File.AppendAllTextAsync(
                report,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| … resident memory of the service | | | | | | | | {before / 1e6:0.0} → {Resident(service.Process.Id) / 1e6:0.0} |{Environment.NewLine}"
                ),
                Token
            );
        }
    }

    /// <summary>An item whose answer is known, rounded to what company in a batch may change.</summary>
    private static async Task<string> KnownAsync(HttpClient client)
    {
        using var photo = new ByteArrayContent(TestImages.Png(64, 48));
        photo.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using var answer = await client.PostAsync("v1/tags", photo, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var document = System.Text.Json.JsonDocument.Parse(text);
        return string.Join(
            ' ',
            document
                .RootElement.GetProperty("probabilities")
                .EnumerateObject()
                .Select(tag => tag.Value.GetDouble().ToString("0.000", CultureInfo.InvariantCulture))
        );
    }

    private static long Resident(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.WorkingSet64;
    }

    [GeneratedRegex(@"geotag_decoder_ends_total\{[^}]*how=""crashed""[^}]*\} [1-9]")]
    private static partial Regex Crashes();
}
