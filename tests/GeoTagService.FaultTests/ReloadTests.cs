using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.FaultTests;

/// <summary>Bundles that are swapped under a process that answers.</summary>
public sealed class ReloadTests
{
    private const int Hangup = 1;

    private static readonly byte[] s_photo = TestImages.Jpeg();

    private static bool IsHangupIgnored =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && (Convert.ToUInt64(line["SigIgn:".Length..].Trim(), 16) & 1) != 0;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryAnswerUnderReloads_IsThatOfOneBundleAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no SIGHUP");
        var models = Directory.CreateTempSubdirectory("geotag-models-");
        try
        {
            var (dated, admin) = (new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), LocalMachine.FreePort());
            Add("first", _ => { });
            await using var service = await ServiceProcess
                .Start(
                    new Dictionary<string, string>(),
                    $"--GeoTag:ModelsDirectory={models.FullName}",
                    $"--GeoTag:Listen:Admin=http://127.0.0.1:{admin}"
                )
                .ReadyAsync();
            using var client = new HttpClient { BaseAddress = service.Address, Timeout = Eventually.Ceiling };
            using var operatorsClient = new HttpClient
            {
                BaseAddress = new Uri($"http://127.0.0.1:{admin}/"),
                Timeout = Eventually.Ceiling,
            };
            var alone = new Dictionary<string, Answer[]>();
            var first = await AskAllAloneAsync();

            using var enough = new CancellationTokenSource();
            var answers = new ConcurrentQueue<(int Item, Answer Answer)>();
            var clients = Enumerable
                .Range(0, 4)
                .Select(n =>
                    Task.Run(async () =>
                    {
                        for (var i = n; !enough.IsCancellationRequested; i++)
                        {
                            answers.Enqueue((i % 8, await AskAsync(client, i % 8)));
                        }
                    })
                )
                .ToArray();
            await using var batch = await RawConnection.OpenAsync(service);
            await batch.SendAsync(
                RawConnection.Post("/v1/tags/batch", "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n")
            );
            await batch.SendAsync(RawConnection.Chunk("{\"id\":\"before\",\"title\":\"Canal\"}\n"));
            Assert.Contains(first, await batch.LineWithAsync("\"before\""), StringComparison.Ordinal);

            // By signal: other heads.
            Add("second", bundle => Array.ForEach(["linear-img-txt", "mlp-img-txt"], head => bundle.SwapHeads(head, $"{head}-mixup")));
            if (IsHangupIgnored)
            {
                // Whoever started the tests (nohup does) has every process under them ignore it, and the runtime keeps to that.
                await ReloadAsync(operatorsClient);
            }
            else
            {
                service.Signal(Hangup);
            }

            await Eventually.TrueAsync(async () => await DigestAsync(client) != first);
            await MoreAsync(40);
            var second = await AskAllAloneAsync();
            Assert.NotEqual(alone[first].Select(answer => answer.Tags), alone[second].Select(answer => answer.Tags));

            // A batch that began before is finished by the bundle that it began with.
            await batch.SendAsync(RawConnection.Chunk("{\"id\":\"after\",\"title\":\"Canal\"}\n") + "0\r\n\r\n");
            Assert.Contains(first, await batch.LineWithAsync("\"after\""), StringComparison.Ordinal);
            Assert.Contains("\"tagged\":2", await batch.RestAsync(), StringComparison.Ordinal);

            // By hand: the same again, a broken one, and one more that is good.
            Assert.Equal((HttpStatusCode.OK, "unchanged", second), await ReloadAsync(operatorsClient));
            var broken = Add("broken", bundle => bundle.EditManifest(manifest => manifest["description"] = "broken"));
            var weights = broken.PathOf("heads/mlp-img-txt.onnx");
            await File.WriteAllBytesAsync(weights, (await File.ReadAllBytesAsync(weights, Token))[..^1], Token);
            var (status, told, _) = await ReloadAsync(operatorsClient);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.Contains("mlp-img-txt.onnx", told, StringComparison.Ordinal);
            await MoreAsync(40);
            Assert.Equal(second, await DigestAsync(client));
            Directory.Delete(broken.Directory, recursive: true);
            Add("third", bundle => bundle.EditManifest(manifest => manifest["description"] = "the third"));
            var (_, result, third) = await ReloadAsync(operatorsClient);
            Assert.Equal("swapped", result);
            await MoreAsync(40);
            await AskAllAloneAsync();

            await enough.CancelAsync();
            await Task.WhenAll(clients);
            Assert.All(answers, one => Assert.Equal(alone[one.Answer.Digest][one.Item], one.Answer));
            Assert.Equal([first, second, third], answers.Select(one => one.Answer.Digest).Distinct());
            await Eventually.TrueAsync(() =>
                service.Lines.Any(line => line.Contains("Reload refused, the bundle before goes on", StringComparison.Ordinal))
            );
            var metrics = await client.GetStringAsync("metrics", Token);
            Assert.Contains(
                "geotag_bundle_reloads_total{otel_scope_name=\"GeoTagService\",result=\"refused\"} 1",
                metrics,
                StringComparison.Ordinal
            );
            Assert.Contains($"digest=\"{third}\"", metrics, StringComparison.Ordinal);

            BundleCopy Add(string name, Action<BundleCopy> edit)
            {
                // Under a name that is passed over, until it is whole.
                var making = new BundleCopy(models.FullName, $".{name}");
                edit(making);
                making.Date(dated = dated.AddDays(1));
                Directory.Move(making.Directory, Path.Combine(models.FullName, name));
                return new BundleCopy(models.FullName, name, isThere: true);
            }

            async Task<string> AskAllAloneAsync()
            {
                var digest = await DigestAsync(client);
                var own = new Answer[8];
                for (var item = 0; item < own.Length; item++)
                {
                    own[item] = await AskAsync(client, item);
                }

                Assert.All(own, answer => Assert.Equal(digest, answer.Digest));
                alone[digest] = own;
                return digest;
            }

            Task MoreAsync(int count)
            {
                var goal = answers.Count + count;
                return Eventually.TrueAsync(() => answers.Count >= goal || clients.Any(one => one.IsFaulted));
            }
        }
        finally
        {
            models.Delete(recursive: true);
        }
    }

    private static async Task<string> DigestAsync(HttpClient client)
    {
        using var document = JsonDocument.Parse(await client.GetStringAsync("v1/model", Token));
        return document.RootElement.GetProperty("digest").GetString()!;
    }

    private static async Task<(HttpStatusCode Status, string Told, string Digest)> ReloadAsync(HttpClient client)
    {
        using var answer = await client.PostAsync("admin/reload", null, Token);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        var root = document.RootElement;
        return answer.IsSuccessStatusCode
            ? (answer.StatusCode, root.GetProperty("result").GetString()!, root.GetProperty("digest").GetString()!)
            : (answer.StatusCode, root.GetProperty("detail").GetString()!, "");
    }

    private static async Task<Answer> AskAsync(HttpClient client, int item)
    {
        using var photo = new ByteArrayContent(s_photo);
        photo.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        using var form = new MultipartFormDataContent { { photo, "image", "a.jpg" }, { new StringContent($"Canal lock {item}"), "title" } };
        using var answer = await client.PostAsync("v1/tags", form, CancellationToken.None);
        var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
        Assert.True(answer.IsSuccessStatusCode, text);
        using var document = JsonDocument.Parse(text);
        var tags = document.RootElement.GetProperty("probabilities").EnumerateObject().Select(tag => $"{tag.Value.GetDouble():0.000}");
        return new Answer(document.RootElement.GetProperty("model").GetProperty("digest").GetString()!, string.Join(" ", tags));
    }

    /// <summary>The model that answered, and its probabilities, rounded to what company in a batch may change.</summary>
    private sealed record Answer(string Digest, string Tags);
}
