using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using SkiaSharp;

namespace GeoTagService.DeployTests.Monitoring;

/// <summary>
/// The service with its embedded model, after some traffic, and what its <c>/metrics</c> then says. Instruments that healthy
/// traffic leaves silent are struck once from outside, so that their names are there; their labels are not known.
/// </summary>
public sealed partial class LiveMetrics : WebApplicationFactory<Program>, IAsyncLifetime
{
    /// <summary>Silent in a healthy service.</summary>
    private static readonly string[] Silent = ["geotag.lane.crashes", "geotag.optional.failures"];

    private readonly Dictionary<string, HashSet<string>> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _struck = new(StringComparer.Ordinal);

    /// <summary>Names of all metrics with the labels that they have.</summary>
    internal IReadOnlyDictionary<string, HashSet<string>> Labels => _labels;

    /// <summary>Metrics whose labels this service does not show by itself.</summary>
    internal IReadOnlySet<string> WithoutKnownLabels => _struck;

    public async ValueTask InitializeAsync()
    {
        using var silent = new MeterListener();
        var instruments = new List<Counter<long>>();
        silent.InstrumentPublished = (instrument, _) =>
        {
            if (Silent.Contains(instrument.Name))
            {
                instruments.Add((Counter<long>)instrument);
            }
        };
        silent.Start();
        UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        StartServer();
        using var client = CreateClient();
        for (var tries = 0; (await client.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK; tries++)
        {
            Assert.True(tries < 600, "the service does not become ready");
            await Task.Delay(100);
        }

        var photo = await File.ReadAllBytesAsync(Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg"));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, photo));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(client, photo));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await PostAsync(client, [1, 2, 3, 4]));
        // More than the processor time that one photo may take: its decoder process is ended.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await PostAsync(client, SlowPhoto()));
        Assert.Equal(Silent.Order(), instruments.Select(instrument => instrument.Name).Order());
        instruments.ForEach(instrument => instrument.Add(1));

        // The answer does not wait for the process to be gone, and that is when its end is counted.
        string metrics;
        var looks = 0;
        while (
            !(metrics = await client.GetStringAsync("/metrics")).Contains("\ngeotag_decoder_ends_total", StringComparison.Ordinal)
            && looks++ < 300
        )
        {
            await Task.Delay(100);
        }

        foreach (var line in metrics.Split('\n').Where(line => line is not ("" or ['#', ..])))
        {
            var sample = Sample().Match(line);
            Assert.True(sample.Success, line);
            var name = sample.Groups["name"].Value;
            var labels = _labels.TryGetValue(name, out var known) ? known : _labels[name] = new(StringComparer.Ordinal);
            labels.UnionWith(Label().Matches(sample.Groups["labels"].Value).Select(label => label.Groups["label"].Value));
        }

        _struck.UnionWith(Silent.Select(name => name.Replace('.', '_') + "_total"));
        Assert.Superset(_struck, _labels.Keys.ToHashSet());
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseEnvironment("Production");
        builder.UseSetting("GeoTag:Decoding:TimeBudget", "00:00:00.1");
    }

    /// <summary>The answer's status; a refusal of a machine with other work is asked again, as clients do.</summary>
    private static async Task<HttpStatusCode> PostAsync(HttpClient client, byte[] photo)
    {
        for (var tries = 0; tries < 60; tries++)
        {
            if (await PostOnceAsync(client, photo) is var status and not HttpStatusCode.ServiceUnavailable)
            {
                return status;
            }

            await Task.Delay(1000);
        }

        return HttpStatusCode.ServiceUnavailable;
    }

    private static async Task<HttpStatusCode> PostOnceAsync(HttpClient client, byte[] photo)
    {
        using var part = new ByteArrayContent(photo) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };
        using var title = new StringContent("Foxton Locks");
        using var form = new MultipartFormDataContent { { part, "image", "photo" }, { title, "title" } };
        using var answer = await client.PostAsync("/v1/tags", form);
        return answer.StatusCode;
    }

    /// <summary>Twelve megapixels of noise as PNG, which take some 0.3 s of a core.</summary>
    private static byte[] SlowPhoto()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(4000, 3000, SKColorType.Gray8));
        new Random(1).NextBytes(bitmap.GetPixelSpan());
        using var image = SKImage.FromBitmap(bitmap);
        using var file = image.Encode(SKEncodedImageFormat.Png, 100);
        return file.ToArray();
    }

    [GeneratedRegex(@"^(?<name>[a-zA-Z_:][\w:]*)(\{(?<labels>.*)\})? \S+")]
    private static partial Regex Sample();

    [GeneratedRegex("(?<label>[a-zA-Z_]\\w*)=\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex Label();
}
