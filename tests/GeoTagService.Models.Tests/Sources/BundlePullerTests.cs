using System.Security.Cryptography;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Sources;
using GeoTagService.Models.Tests.Bundles;
using GeoTagService.Models.Weights;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Sources;

public sealed class BundlePullerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = BundlePuller.CreateClient();
    private readonly Dictionary<string, byte[]> _served = [];
    private readonly MisbehavingServer _server;
    private readonly SourceManifest _sources;

    public BundlePullerTests()
    {
        var origin = Directory.CreateDirectory(_folder.PathOf("origin")).FullName;
        var model = new TinyModel(origin);
        _server = new MisbehavingServer(
            (request, _) =>
                _served.TryGetValue(request.Path, out var content)
                    ? MisbehavingServer.Honest(content, request)
                    : new Reply(404, "<html>"u8.ToArray())
        );
        var script = PyTorchArchiveBuilder.TorchScript([.. ClipTensorNames.Of(TinyModel.Geometry).Select(Tensor)]);
        _sources = new SourceManifest
        {
            Bundle = "tiny",
            Version = "2.0.0",
            Geometry = TinyModel.Geometry,
            Clip =
            [
                new(EncoderSourceKind.Weights, [Serve("clip.safetensors", File.ReadAllBytes(model.WeightsPath))]),
                new(EncoderSourceKind.Weights, [Serve("clip.pt", script)]),
            ],
            Vocabulary = Serve("merges.txt", File.ReadAllBytes(model.Recipe.VocabularyPath)),
            Heads =
            [
                .. Directory
                    .EnumerateFiles(model.HeadsDirectory)
                    .Order()
                    .Select(path => Serve(Path.GetFileName(path), File.ReadAllBytes(path), "heads/")),
            ],
        };
    }

    private string Output => _folder.PathOf("models/tiny");

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task PublishedHomes_BecomeABundle_AndASecondRunDoesNothing()
    {
        var first = await Pull();

        Assert.False(first.WasThere);
        var bundle = BundleReader.OpenDirectory(Output);
        Assert.Equal(("tiny", "2.0.0", 24), (bundle.Manifest.Name, bundle.Manifest.Version, bundle.Manifest.Heads.Count));
        Assert.Contains(bundle.Manifest.Provenance, source => source.Location == new Uri(_server.Base, "clip.safetensors").ToString());
        Assert.Equal(["tiny"], Directory.EnumerateFileSystemEntries(_folder.PathOf("models")).Select(Path.GetFileName));

        var before = _server.Requests.Count;
        var second = await Pull();

        Assert.True(second.WasThere);
        Assert.Equal(before, _server.Requests.Count);
    }

    [Fact]
    public async Task FirstHomeGone_TorchScriptOfTheSecondIsConverted()
    {
        _served.Remove("/clip.safetensors");

        await Pull();

        var bundle = BundleReader.OpenDirectory(Output);
        Assert.Contains(bundle.Manifest.Provenance, source => source.Location == new Uri(_server.Base, "clip.pt").ToString());
        Assert.Equal(TinyModel.Geometry, bundle.Manifest.Geometry);
    }

    [Fact]
    public async Task OnnxPair_IsAdoptedWhereNoWeightsAnswer()
    {
        await Pull();
        var vision = File.ReadAllBytes(Path.Combine(Output, "vision.onnx"));
        var text = File.ReadAllBytes(Path.Combine(Output, "text.onnx"));
        var sources = _sources with
        {
            Clip = [_sources.Clip[0], new(EncoderSourceKind.OnnxPair, [Serve("v.onnx", vision), Serve("t.onnx", text)])],
        };
        _served.Remove("/clip.safetensors");
        var output = _folder.PathOf("models/adopted");

        await Pull(sources, new PullOptions { OutputDirectory = output });

        Assert.Equal(vision, File.ReadAllBytes(Path.Combine(output, "vision.onnx")));
        Assert.All(BundleReader.OpenDirectory(output).Manifest.Encoders, encoder => Assert.Equal("adopted", encoder.Graph));

        var int8 = new PullOptions { OutputDirectory = output + "-int8", Precisions = [ClipPrecision.Int8] };
        var exception = await Assert.ThrowsAsync<PullException>(() => Pull(sources, int8));
        Assert.Contains("fp32 alone", exception.Message);
    }

    [Fact]
    public async Task Mirror_ServesUnderItsBase_AndGivesTheSameBundle()
    {
        var published = await Pull();
        var names = _served.Keys.ToList();
        foreach (var name in names.Where(name => !name.StartsWith("/mirror/", StringComparison.Ordinal)))
        {
            _served["/mirror" + name] = _served[name];
            _served.Remove(name);
        }

        var mirrored = await Pull(
            _sources,
            new PullOptions { OutputDirectory = Output + "-2", From = new Uri(_server.Base, "mirror").ToString() }
        );

        Assert.Equal(
            File.ReadAllText(Path.Combine(published.Directory, BundleManifest.FileName)),
            File.ReadAllText(Path.Combine(mirrored.Directory, BundleManifest.FileName))
        );
    }

    [Theory]
    [InlineData("heads")]
    [InlineData("")]
    public async Task DirectoryOfFiles_NeedsNoNetwork(string headsFolder)
    {
        foreach (var (path, content) in _served)
        {
            _folder.Write("usb" + path.Replace("/heads", headsFolder.Length > 0 ? "/" + headsFolder : string.Empty), content);
        }

        await Pull(_sources, new PullOptions { OutputDirectory = Output, From = _folder.PathOf("usb") });

        Assert.Empty(_server.Requests);
        BundleReader.OpenDirectory(Output);
    }

    [Fact]
    public async Task FromNowhere_IsRefused()
    {
        var options = new PullOptions { OutputDirectory = Output, From = _folder.PathOf("nothing") };
        Assert.Contains("neither", (await Assert.ThrowsAsync<PullException>(() => Pull(_sources, options))).Message);
    }

    [Fact]
    public async Task WrongHead_InstallsNothing_AndTheNextRunGoesOn()
    {
        var right = _served["/heads/mlp-txt.safetensors"];
        _served["/heads/mlp-txt.safetensors"] = [.. right[..^1], (byte)(right[^1] ^ 1)];

        var exception = await Assert.ThrowsAsync<PullException>(() => Pull());

        Assert.Contains(Digest(right), exception.Message);
        Assert.False(Directory.Exists(Output));

        _served["/heads/mlp-txt.safetensors"] = right;
        var before = _server.Requests.Count;
        await Pull();
        Assert.Equal(["/heads/mlp-txt.safetensors", "/clip.safetensors"], _server.Requests.Skip(before).Select(request => request.Path));
    }

    [Fact]
    public async Task SmallDisk_IsNoticedBeforeTheFirstByte()
    {
        var exception = await Assert.ThrowsAsync<PullException>(() => Pull(freeSpace: 1_000_000));

        Assert.Contains("has 1 MB free", exception.Message);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task OtherDirectory_IsNotTouched()
    {
        var mine = _folder.Write("models/tiny/mine.txt", [1]);

        var exception = await Assert.ThrowsAsync<PullException>(() => Pull());

        Assert.Contains("holds no bundle", exception.Message);
        Assert.True(File.Exists(mine));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task BundleOfOtherSourcesOrVariants_IsNotTouched()
    {
        await Pull();
        var other = _sources with { Heads = [_sources.Heads[0] with { Sha256 = new string('0', 64) }] };
        var int8 = new PullOptions { OutputDirectory = Output, Precisions = [ClipPrecision.Int8] };

        Assert.Contains("other sources", (await Assert.ThrowsAsync<PullException>(() => Pull(other, null))).Message);
        Assert.Contains("without int8", (await Assert.ThrowsAsync<PullException>(() => Pull(_sources, int8))).Message);
    }

    [Fact]
    public async Task TouchedFile_IsVerifiedInFull()
    {
        await Pull();
        var path = Path.Combine(Output, "vision.onnx");
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(Path.Combine(Output, BundleManifest.FileName)).AddSeconds(1));

        var exception = await Assert.ThrowsAsync<PullException>(() => Pull());

        Assert.Contains("vision.onnx", exception.Message);
        Assert.Contains("pull again", exception.Message);
    }

    [Fact]
    public async Task SelfCheck_SeesTheBundleAndItsWeights_AndAFailureRemovesTheBundle()
    {
        var result = new SelfCheckResult("towers", Difference: 2, Tolerance: 1);
        var failing = new PullOptions { OutputDirectory = Output, SelfCheck = (_, _) => [result] };
        var passing = failing with
        {
            SelfCheck = (bundle, weights) => weights!.Geometry == bundle.Manifest.Geometry ? [result with { Tolerance = 2 }] : [result],
        };

        var exception = await Assert.ThrowsAsync<BundleException>(() => Pull(_sources, failing));
        Assert.Contains("towers differs by 2 (tolerance 1)", exception.Message);
        Assert.False(Directory.Exists(Output));
        Assert.Equal(2, Assert.Single((await Pull(_sources, passing)).SelfCheck).Tolerance);
    }

    private Task<PulledBundle> Pull(long freeSpace = long.MaxValue) => Pull(_sources, null, freeSpace);

    private Task<PulledBundle> Pull(SourceManifest sources, PullOptions? options, long freeSpace = long.MaxValue) =>
        new BundlePuller(_client, new HurriedTimeProvider(), sources, new TransferOptions { StallTimeout = HurriedTimeProvider.Threshold })
        {
            FreeSpace = _ => freeSpace,
        }.PullAsync(options ?? new PullOptions { OutputDirectory = Output }, null, TestContext.Current.CancellationToken);

    private SourceFile Serve(string name, byte[] content, string folder = "")
    {
        _served[$"/{folder}{name}"] = content;
        return new SourceFile(name, content.Length, Digest(content), new Uri(_server.Base, folder + name));
    }

    private static TestTensor Tensor((string Name, long[] Shape) tensor) => TestTensor.Patterned(tensor.Name, tensor.Shape);

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
