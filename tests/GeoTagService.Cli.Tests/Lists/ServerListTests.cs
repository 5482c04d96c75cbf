using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Lists that a running service tags, over a real port.</summary>
public sealed class ServerListTests(TinyModel model) : IDisposable
{
    // What a photo shares a batch with may show in the last bits.
    private const double Tolerance = 1e-6;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ListThroughAService_GivesWhatTheListAloneGives()
    {
        await using var service = new Service(model.Bundle);
        for (var i = 0; i < 40; i++)
        {
            _directory.Write($"{i}.jpg", i % 10 == 7 ? "no photo"u8.ToArray() : TestImages.Jpeg(64, 48, seed: i));
        }

        var list = _directory.PathOf("list.ndjson");
        await File.WriteAllLinesAsync(list, await RowsAsync(), TestContext.Current.CancellationToken);

        foreach (var output in new[] { "out.ndjson", "out.csv", "out.geojson", "out.parquet" })
        {
            var alone = await Tag(list, "alone-" + output);
            var served = await Tag(list, "served-" + output, "--server", service.Address);

            Assert.True(alone.ExitCode == ExitCode.Success, alone.Error);
            Assert.True(served.ExitCode == ExitCode.Success, served.Error);
            Assert.Contains("48 items: 41 done, 7 rejected", served.Error, StringComparison.Ordinal);
            Assert.Equal(await TextAsync($"alone-{output}.errors.ndjson"), await TextAsync($"served-{output}.errors.ndjson"));
            Assert.Equal(await TextAsync("alone-" + output), await TextAsync("served-" + output));
        }

        await Tag(list, "alone.ndjson", "--probabilities");
        await Tag(list, "served.ndjson", "--probabilities", "--server", service.Address);
        AssertAlike(await TextAsync("alone.ndjson"), await TextAsync("served.ndjson"));
    }

    [Fact]
    public async Task ServiceThatIsNotThere_IsToldAndNothingIsWritten()
    {
        var list = _directory.PathOf("list.csv");
        await File.WriteAllTextAsync(list, "id,title\n1,Canal\n", TestContext.Current.CancellationToken);
        string address;
        await using (var service = new Service(model.Bundle))
        {
            address = service.Address;
        }

        var run = await Tag(list, "out.csv", "--server", address + "nowhere/");

        run.Fails(ExitCode.Environment, "the service");
        Assert.False(File.Exists(_directory.PathOf("out.csv")));
    }

    /// <summary>Photos, titles, places, embeddings, and everything that can be wrong with them.</summary>
    private async Task<List<string>> RowsAsync()
    {
        var rows = Enumerable
            .Range(0, 40)
            .Select(i => $$"""{"id":"p{{i}}","image":"{{i}}.jpg","title":"Photo {{i}}","lat":{{50 + (i / 10.0)}},"lon":-1.5}""")
            .ToList();
        var vectors = JsonElement.Parse(
            (
                await GeotagRun.Of(
                    "inspect",
                    "embedding",
                    "--bundle",
                    model.Bundle,
                    "--image",
                    _directory.PathOf("1.jpg"),
                    "--text",
                    "Mam Tor"
                )
            ).Succeeds()
        );
        string Base64(int row) =>
            Convert.ToBase64String(
                MemoryMarshal.AsBytes<float>(vectors[row].EnumerateArray().Select(number => number.GetSingle()).ToArray())
            );
        rows.AddRange([
            """{"id":"title","title":"Canal lock","gridReference":"SE1039"}""",
            """{"id":"missing","image":"missing.jpg"}""",
            """{"id":"far","title":"Canal","lat":95,"lon":0}""",
            $$"""{"id":"both","imageEmbedding":"{{Base64(0)}}","titleEmbedding":"{{Base64(1)}}","gridReference":"SK 12 83"}""",
            $$"""{"id":"image","imageEmbedding":"{{Base64(0)}}"}""",
            $$"""{"id":"unlike","imageEmbedding":"AAAAAA=="}""",
            $$"""{"id":"titles","titleEmbedding":"{{Base64(1)}}"}""",
            """{"id":"last","title":"Moor"}""",
        ]);
        return rows;
    }

    private static void AssertAlike(string alone, string served)
    {
        var (expected, actual) = (Rows(alone), Rows(served));
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (one, other) in expected.Zip(actual))
        {
            foreach (var (tag, probability) in one["probabilities"]!.AsObject())
            {
                Assert.Equal((double)probability!, (double)other["probabilities"]![tag]!, Tolerance);
            }

            one.Remove("probabilities");
            other.Remove("probabilities");
            Assert.Equal(one.ToJsonString(), other.ToJsonString());
        }

        static List<JsonObject> Rows(string text) =>
            [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private Task<string> TextAsync(string name) => File.ReadAllTextAsync(_directory.PathOf(name), TestContext.Current.CancellationToken);

    private Task<GeotagRun> Tag(string input, string output, params string[] rest) =>
        GeotagRun.Of([
            "tag",
            "--bundle",
            model.Bundle,
            "--input",
            input,
            "--output",
            _directory.PathOf(output),
            "--ignore-orientation",
            .. rest,
        ]);

    /// <summary>The whole service with the small model, on a free port.</summary>
    private sealed class Service : WebApplicationFactory<global::Program>
    {
        private readonly string _bundle;

        public Service(string bundle)
        {
            _bundle = bundle;
            UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            StartServer();
        }

        public string Address => ClientOptions.BaseAddress.AbsoluteUri;

        protected override void ConfigureWebHost(IWebHostBuilder builder) =>
            builder.UseSetting("GeoTag:Bundle", _bundle).UseSetting("GeoTag:Formats", "All");
    }
}
