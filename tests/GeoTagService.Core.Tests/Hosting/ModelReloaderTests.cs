using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace GeoTagService.Core.Tests.Hosting;

/// <summary>Bundles that come while another serves.</summary>
public sealed class ModelReloaderTests : IAsyncLifetime
{
    private readonly DirectoryInfo _models = Directory.CreateTempSubdirectory("geotag-reload-");
    private readonly Engine _engine = new();
    private ServiceProvider? _services;
    private ModelHost? _host;
    private int _bundles;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ServingModels Models => _services!.GetRequiredService<ServingModels>();

    private ModelReloader Reloader => _services!.GetRequiredService<ModelReloader>();

    public async ValueTask InitializeAsync()
    {
        Add("first");
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["GeoTag:ModelsDirectory"] = _models.FullName })
            .Build();
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(configuration)
            .AddLogging()
            .AddSingleton<IClipEngine>(_engine)
            .AddTagging()
            .BuildServiceProvider();
        _host = _services.GetServices<IHostedService>().OfType<ModelHost>().Single();
        await _host.StartAsync(Token);
        await _host.ExecuteTask!;
    }

    public async ValueTask DisposeAsync()
    {
        await _host!.StopAsync(CancellationToken.None);
        await _services!.DisposeAsync();
        _models.Delete(recursive: true);
    }

    [Fact]
    public async Task NewBundle_ServesWhoeverComesAndTheOldOneIsFreedWhenItsLastRequestLeft()
    {
        var before = Models.Use();
        var next = Add("second", manifest => manifest["description"] = "another");

        var outcome = await Reloader.ReloadAsync(Token);

        Assert.Equal(ReloadResult.Swapped, outcome.Result);
        Assert.Equal(Models.Current.Bundle.Digest, outcome.Digest);
        Assert.Equal(next.Directory, Models.Current.Bundle.Origin);
        Assert.NotEqual(before.Model.Bundle.Digest, outcome.Digest);
        Assert.Same(outcome, Reloader.Last);
        // Who was there before is answered by what was there before.
        Assert.False(before.Model.Gone.IsCompleted);
        Assert.True((await before.Model.Tagger.TagAsync(new TagInput { Title = "a lock" }, Token)).IsSuccess);
        before.Dispose();
        await before.Model.Gone.WaitAsync(TimeSpan.FromMinutes(1), Token);
        Assert.Equal(1, _engine.Freed);
        Assert.True((await Models.Current.Tagger.TagAsync(new TagInput { Title = "a lock" }, Token)).IsSuccess);
    }

    [Fact]
    public async Task SameBundle_IsLeftAlone()
    {
        var serving = Models.Current;

        Assert.Equal(ReloadResult.Unchanged, (await Reloader.ReloadAsync(Token)).Result);

        Assert.Same(serving, Models.Current);
        Assert.Equal(1, _engine.Loaded);
    }

    [Theory]
    [InlineData(Damage.ChangedByte, "it was changed")]
    [InlineData(Damage.Truncated, "truncated")]
    [InlineData(Damage.Missing, "is missing")]
    [InlineData(Damage.NoManifest, "bundle.json")]
    [InlineData(Damage.EngineRefuses, "the engine does not like it")]
    [InlineData(Damage.EngineHasNoMemory, "it cannot be loaded")]
    [InlineData(Damage.NoNumbers, "no numbers")]
    public async Task BundleThatCannotBeServed_LeavesTheOldOneAndSaysWhy(Damage damage, string told)
    {
        var serving = Models.Current;
        var bundle = Add("broken", manifest => manifest["description"] = "another");
        var weights = bundle.PathOf(serving.Bundle.Manifest.Files.MaxBy(file => file.Bytes)!.Path);
        switch (damage)
        {
            case Damage.ChangedByte:
                var bytes = await File.ReadAllBytesAsync(weights, Token);
                bytes[^1] ^= 1;
                await File.WriteAllBytesAsync(weights, bytes, Token);
                break;
            case Damage.Truncated:
                await File.WriteAllBytesAsync(weights, (await File.ReadAllBytesAsync(weights, Token))[..100], Token);
                break;
            case Damage.Missing:
                File.Delete(weights);
                break;
            case Damage.NoManifest:
                await File.WriteAllTextAsync(bundle.PathOf(BundleManifest.FileName), "{", Token);
                break;
            case Damage.EngineRefuses:
                _engine.OnLoad = () => throw new BundleException("the engine does not like it");
                break;
            case Damage.EngineHasNoMemory:
                _engine.OnLoad = () => throw new InsufficientMemoryException("no more");
                break;
            case Damage.NoNumbers:
                _engine.OnEncode = embeddings => embeddings.Fill(float.NaN);
                break;
        }

        var outcome = await Reloader.ReloadAsync(Token);

        Assert.Equal(ReloadResult.Refused, outcome.Result);
        Assert.Contains(told, outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(serving.Bundle.Digest, outcome.Digest);
        Assert.Same(serving, Models.Current);
        _engine.OnEncode = null;
        Assert.True((await serving.Tagger.TagAsync(new TagInput { Title = "a lock" }, Token)).IsSuccess);
        // Nothing of what was tried stays.
        await UntilAsync(() => _engine.Loaded - _engine.Freed == 1);
    }

    [Fact]
    public async Task DirectoryThatIsEmptied_DoesNotMakeTheDemonstrationServe()
    {
        Add("production", manifest => manifest["purpose"] = "production");
        Assert.Equal(ReloadResult.Swapped, (await Reloader.ReloadAsync(Token)).Result);
        foreach (var directory in _models.GetDirectories())
        {
            directory.Delete(recursive: true);
        }

        var outcome = await Reloader.ReloadAsync(Token);

        Assert.Equal(ReloadResult.Refused, outcome.Result);
        Assert.Contains("only a demonstration model was found", outcome.Reason, StringComparison.Ordinal);
        Assert.Equal(BundlePurpose.Production, Models.Current.Bundle.Manifest.Purpose);
    }

    [Fact]
    public async Task SecondReloadAtOnce_DoesNothing()
    {
        using var loading = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        Add("second", manifest => manifest["description"] = "another");
        _engine.OnLoad = () =>
        {
            loading.Set();
            goOn.Wait(Token);
        };
        var first = Reloader.ReloadAsync(Token);
        loading.Wait(Token);

        Assert.Equal(ReloadResult.UnderWay, (await Reloader.ReloadAsync(Token)).Result);

        goOn.Set();
        Assert.Equal(ReloadResult.Swapped, (await first).Result);
    }

    [Fact]
    public async Task ReloadWhileTheServiceStops_IsCalledOff()
    {
        Add("second", manifest => manifest["description"] = "another");
        await _host!.StopAsync(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Reloader.ReloadAsync(Token));
    }

    [Fact]
    public async Task ManyRequestsAndManyReloads_AreEachAnsweredByOneModelAndNothingIsLeft()
    {
        using var enough = new CancellationTokenSource();
        var asked = 0;
        var clients = Enumerable
            .Range(0, 8)
            .Select(client =>
                Task.Run(async () =>
                {
                    while (!enough.IsCancellationRequested)
                    {
                        using var use = Models.Use();
                        var outcome = await use.Model.Tagger.TagAsync(new TagInput { Title = $"lock {client}" }, CancellationToken.None);
                        Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
                        Assert.False(use.Model.Gone.IsCompleted);
                        Interlocked.Increment(ref asked);
                    }
                })
            )
            .ToArray();
        for (var i = 0; i < 8; i++)
        {
            Add($"bundle-{i}", manifest => manifest["description"] = $"number {i}");
            Assert.Equal(ReloadResult.Swapped, (await Reloader.ReloadAsync(Token)).Result);
            var goal = Volatile.Read(ref asked) + 16;
            await UntilAsync(() => Volatile.Read(ref asked) >= goal);
        }

        await enough.CancelAsync();
        await Task.WhenAll(clients);
        await UntilAsync(() => _engine.Loaded - _engine.Freed == 1);
        Assert.Equal(9, _engine.Loaded);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(Token);
        ceiling.CancelAfter(TimeSpan.FromMinutes(1));
        while (!isSo())
        {
            await Task.Delay(5, ceiling.Token);
        }
    }

    /// <summary>Puts a bundle beside the others, newer than all.</summary>
    private BundleCopy Add(string name, Action<System.Text.Json.Nodes.JsonNode>? edit = null)
    {
        var copy = new BundleCopy(_models.FullName, name);
        if (edit is not null)
        {
            copy.EditManifest(edit);
        }

        copy.Date(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(_bundles++));
        return copy;
    }

    /// <summary>What may be wrong with a bundle.</summary>
    public enum Damage
    {
        ChangedByte,
        Truncated,
        Missing,
        NoManifest,
        EngineRefuses,
        EngineHasNoMemory,
        NoNumbers,
    }

    /// <summary>Fake encoders that are counted.</summary>
    private sealed class Engine : IClipEngine
    {
        private readonly FakeClipEngine _fake = new();
        private int _loaded,
            _freed;

        public int Loaded => Volatile.Read(ref _loaded);

        public int Freed => Volatile.Read(ref _freed);

        /// <summary>Called before a bundle is loaded.</summary>
        public Action? OnLoad { get; set; }

        /// <summary>Called with the embeddings of a run.</summary>
        public Filler? OnEncode { get; set; }

        public delegate void Filler(Span<float> embeddings);

        public IClipEncoder LoadEncoder(Bundle bundle)
        {
            OnLoad?.Invoke();
            Interlocked.Increment(ref _loaded);
            return new Encoder(_fake.LoadEncoder(bundle), this);
        }

        public ITagHead LoadHead(Bundle bundle, BundleHead head) => _fake.LoadHead(bundle, head);

        private sealed class Encoder(IClipEncoder fake, Engine engine) : IClipEncoder, IDisposable
        {
            private int _freed;

            public ClipGeometry Geometry => fake.Geometry;

            public EncoderRuntime Runtime => fake.Runtime;

            public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings)
            {
                Check();
                fake.EncodeImages(crops, embeddings);
                engine.OnEncode?.Invoke(embeddings);
            }

            public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings)
            {
                Check();
                fake.EncodeTitles(tokens, embeddings);
                engine.OnEncode?.Invoke(embeddings);
            }

            public void Dispose()
            {
                if (Interlocked.Exchange(ref _freed, 1) == 0)
                {
                    Interlocked.Increment(ref engine._freed);
                }
            }

            private void Check() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _freed) != 0, this);
        }
    }
}
