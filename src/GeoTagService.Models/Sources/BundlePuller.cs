using System.Globalization;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Sources;

/// <summary>What a pull installed.</summary>
/// <param name="Directory">Where it is.</param>
/// <param name="Manifest">What it is.</param>
/// <param name="WasThere">Whether it was installed before, and nothing was done.</param>
/// <param name="SelfCheck">What its self-check found; empty where there was none.</param>
public sealed record PulledBundle(string Directory, BundleManifest Manifest, bool WasThere, IReadOnlyList<SelfCheckResult> SelfCheck);

/// <summary>
/// Fetches a published model, every byte of it pinned, and makes a bundle of it. What was fetched waits beside the bundle
/// until that is done, so that a pull that was interrupted goes on where it stopped.
/// </summary>
/// <param name="client">For http and https; see <see cref="CreateClient"/>.</param>
/// <param name="time">Clock of pauses and timeouts.</param>
/// <param name="sources">What to fetch.</param>
/// <param name="transfer">How patiently.</param>
public sealed class BundlePuller(HttpClient client, TimeProvider time, SourceManifest sources, TransferOptions transfer)
{
    /// <summary>Room taken for files of unknown size when the disk is checked: the largest published weights.</summary>
    private const long UnknownBytes = 700_000_000;
    private const string HeadsFolder = "heads";

    /// <summary>Free bytes of the disk that a directory lies on; tests put another in its place.</summary>
    internal Func<string, long> FreeSpace { get; init; } = directory => new DriveInfo(directory).AvailableFreeSpace;

    /// <summary>A client that follows redirects and honours the proxy variables of the environment
    /// (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>ALL_PROXY</c>, <c>NO_PROXY</c>).</summary>
    public static HttpClient CreateClient()
    {
        // Only the stall timeout of a transfer ends it: 600 MB may take an hour.
        var client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30), UseProxy = true })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("geotag");
        return client;
    }

    /// <summary>Fetches, verifies, converts.</summary>
    /// <param name="options">What to install, and where.</param>
    /// <param name="progress">Told of bytes, retries and steps, from any thread.</param>
    /// <param name="cancellationToken">Ends the pull; the next one goes on from there.</param>
    /// <exception cref="PullException">Something could not be had, or the place is taken, or the disk too small.</exception>
    /// <exception cref="BundleException">The parts do not make a bundle.</exception>
    public async Task<PulledBundle> PullAsync(
        PullOptions options,
        IProgress<PullProgress>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        var output = Path.GetFullPath(options.OutputDirectory);
        if (InstalledBundle.Find(output, sources, options.Precisions) is { } installed)
        {
            return new PulledBundle(output, installed, WasThere: true, []);
        }

        var locations = new SourceLocations(options.From);
        var downloads = CreateDownloads(output);
        CheckSpace(downloads, options);
        var fetcher = new SourceFetcher(client, time, transfer, progress);

        // Small files first: what is missing shows in seconds.
        var vocabulary = Path.Combine(downloads, sources.Vocabulary.Name);
        await fetcher.FetchAsync(sources.Vocabulary, locations.Of(sources.Vocabulary), vocabulary, cancellationToken).ConfigureAwait(false);
        foreach (var head in sources.Heads)
        {
            var path = Path.Combine(downloads, HeadsFolder, head.Name);
            await fetcher.FetchAsync(head, locations.Of(head, HeadsFolder), path, cancellationToken).ConfigureAwait(false);
        }

        var clip = await FetchEncodersAsync(fetcher, locations, options, downloads, progress, cancellationToken).ConfigureAwait(false);
        var bundle = BundleBuilder.Build(Recipe(options, output, downloads, vocabulary, clip), new BuildingReport(progress));
        var check = Check(options, bundle, clip, progress);
        if (!options.KeepDownloads)
        {
            Directory.Delete(downloads, recursive: true);
        }

        return new PulledBundle(output, bundle.Manifest, WasThere: false, check);
    }

    private static IReadOnlyList<SelfCheckResult> Check(
        PullOptions options,
        Bundle bundle,
        ClipSource clip,
        IProgress<PullProgress>? progress
    )
    {
        if (options.SelfCheck is null)
        {
            return [];
        }

        progress?.Report(new PullProgress(PullStage.Building, "checking the bundle against its weights and known answers"));
        try
        {
            using var weights = clip is ClipWeightsFile file ? ClipWeights.Open(file.Path) : null;
            var results = options.SelfCheck(bundle, weights);
            return results.FirstOrDefault(result => !result.Passed) is not { } failed
                ? results
                : throw new BundleException(
                    $"the self-check failed, the bundle was removed: {failed.What} differs by {failed.Difference:G3} (tolerance {failed.Tolerance:G3})"
                );
        }
        catch
        {
            Directory.Delete(bundle.Origin, recursive: true);
            throw;
        }
    }

    private static string CreateDownloads(string output)
    {
        // The dot keeps it out of the search for bundles.
        var parent = Path.GetDirectoryName(output) ?? throw new PullException($"{output} is no place for a bundle");
        var downloads = Path.Combine(parent, $".{Path.GetFileName(output)}.downloads");
        try
        {
            Directory.CreateDirectory(Path.Combine(downloads, HeadsFolder));
            return downloads;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PullException($"{parent} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Tries the homes of the encoders in order; one is enough.</summary>
    private async Task<ClipSource> FetchEncodersAsync(
        SourceFetcher fetcher,
        SourceLocations locations,
        PullOptions options,
        string downloads,
        IProgress<PullProgress>? progress,
        CancellationToken cancellationToken
    )
    {
        var causes = new List<string>();
        for (var i = 0; i < sources.Clip.Count; i++)
        {
            var home = sources.Clip[i];
            if (home.Kind == EncoderSourceKind.OnnxPair && options.Precisions.Any(precision => precision != ClipPrecision.Fp32))
            {
                causes.Add("the ONNX pair comes in fp32 alone");
                continue;
            }

            // A folder for each home: weights are read together with what lies beside them.
            var folder = Path.Combine(downloads, string.Create(CultureInfo.InvariantCulture, $"clip-{i + 1}"));
            Directory.CreateDirectory(folder);
            try
            {
                foreach (var file in home.Files)
                {
                    await fetcher
                        .FetchAsync(file, locations.Of(file), Path.Combine(folder, file.Name), cancellationToken)
                        .ConfigureAwait(false);
                }

                var paths = home.Files.Select(file => Path.Combine(folder, file.Name)).ToArray();
                return home.Kind == EncoderSourceKind.Weights
                    ? new ClipWeightsFile(paths[0])
                    : new ClipOnnxPair(paths[0], paths[1], sources.Geometry);
            }
            catch (PullException e) when (e.InnerException is null)
            {
                causes.Add(e.Message);
                progress?.Report(new PullProgress(PullStage.Retrying, $"trying the next home of the encoders after {home.Files[0].Name}"));
            }
        }

        throw new PullException($"no home of the encoders answered as it should: {string.Join("; ", causes)}");
    }

    private BundleRecipe Recipe(PullOptions options, string output, string downloads, string vocabulary, ClipSource clip)
    {
        SourceFile[] files = [.. sources.Clip.SelectMany(home => home.Files), sources.Vocabulary, .. sources.Heads];
        return new BundleRecipe
        {
            Clip = clip,
            VocabularyPath = vocabulary,
            HeadsDirectory = Path.Combine(downloads, HeadsFolder),
            OutputDirectory = output,
            Name = sources.Bundle,
            Version = sources.Version,
            Description = sources.Description,
            Precisions = options.Precisions,
            Style = options.Style,

            // The published address wherever the bytes came from: they are the same, and a mirror's is nobody's business.
            Locations = files.ToDictionary(file => file.Name, file => file.Url.ToString(), StringComparer.Ordinal),
        };
    }

    private void CheckSpace(string downloads, PullOptions options)
    {
        var here = new DirectoryInfo(downloads).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        var encoders = sources.Clip[0].Files.Sum(file => file.Bytes ?? UnknownBytes);
        var fetched = encoders + (sources.Vocabulary.Bytes ?? 0) + sources.Heads.Sum(head => head.Bytes ?? 0);
        var made = options.Precisions.Sum(precision =>
            precision switch
            {
                ClipPrecision.Fp32 => encoders,
                ClipPrecision.Fp16 => encoders / 2,
                _ => encoders / 3,
            }
        );
        var needed = Math.Max(0, fetched - here) + made;
        var free = FreeSpace(downloads);
        if (free < needed)
        {
            throw new PullException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the disk of {downloads} has {free / 1e6:0} MB free; fetching and converting need {needed / 1e6:0} MB"
                )
            );
        }
    }

    private sealed class BuildingReport(IProgress<PullProgress>? progress) : IProgress<string>
    {
        public void Report(string value) => progress?.Report(new PullProgress(PullStage.Building, value));
    }
}
