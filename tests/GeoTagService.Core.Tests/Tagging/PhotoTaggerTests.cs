using GeoTagService.Core.Batching;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Tagging;

public sealed class PhotoTaggerTests : IAsyncLifetime
{
    private static readonly byte[] Photo = TestImages.Jpeg(seed: 1);

    private readonly FakeClipEngine _engine = new();
    private StandaloneTagger _standalone = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PhotoTagger Tagger => _standalone.Tagger;

    private FakeClipEncoder Encoder => _engine.Encoder!;

    public async ValueTask InitializeAsync() => _standalone = await CreateAsync();

    public ValueTask DisposeAsync() => _standalone.DisposeAsync();

    [Fact]
    public async Task PhotoTitleAndPlace_AreScoredByTheHeadThatTheItemAllows()
    {
        var input = new TagInput
        {
            Image = Photo,
            Title = "A canal bridge",
            Latitude = 52.5,
            Longitude = -1.9,
            Options = new TagOptions { Head = "linear-img-txt-loc" },
        };

        var outcome = await Tagger.TagAsync(input, Token);

        Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
        var result = outcome.Value;
        Assert.Equal("linear-img-txt-loc", result.Head.Name);
        Assert.Equal(Modalities.Image | Modalities.Title | Modalities.Location, result.Modalities);
        var title = Encoder.TitleVector(_standalone.Model.Tokenizer.Encode("A canal bridge").Ids.Span);
        Assert.Equal(title, result.Embeddings.Title);
        var (latitude, longitude) = LocationFeatures.Encode(new GeoPosition(52.5, -1.9));
        var (logits, probabilities) = (new float[TagCatalog.Count], new float[TagCatalog.Count]);
        _standalone.Model.Find(result.Head).Score(1, result.Embeddings.Image, title, [latitude, longitude], logits, probabilities);
        Assert.Equal(logits, result.Logits);
        Assert.Equal(probabilities, result.Probabilities);
        Assert.All(result.Tags, tag => Assert.True(tag.Probability > 0.5f || result.FallbackUsed));
        Assert.True(result.Timings.Decode > TimeSpan.Zero);
        Assert.True(result.Timings.Encode > TimeSpan.Zero);
    }

    [Fact]
    public async Task OnlyWhatTheHeadTakes_IsEncoded()
    {
        var (images, titles) = (Encoder.ImageBatches.Count, Encoder.TitleBatches.Count);

        var outcome = await Tagger.TagAsync(
            new TagInput
            {
                Image = Photo,
                Title = "A canal",
                Options = new TagOptions { Head = "linear-txt" },
            },
            Token
        );

        Assert.True(outcome.IsSuccess);
        Assert.Null(outcome.Value.Embeddings.Image);
        Assert.Equal(images, Encoder.ImageBatches.Count);
        Assert.Equal(titles + 1, Encoder.TitleBatches.Count);
    }

    [Fact]
    public async Task MissingTitleOfANamedHead_IsTheEmptyTitleAndTakesNoRun()
    {
        var runs = Encoder.TitleBatches.Count;

        var outcome = await Tagger.TagAsync(
            new TagInput
            {
                Image = Photo,
                Options = new TagOptions { Head = "linear-img-txt" },
            },
            Token
        );

        var vocabulary = _standalone.Model.Bundle.Manifest.Vocabulary;
        Assert.Equal(Encoder.TitleVector([vocabulary.StartToken, vocabulary.EndToken]), outcome.Value?.Embeddings.Title);
        Assert.Equal(Modalities.Image, outcome.Value?.Modalities);
        Assert.Equal(runs, Encoder.TitleBatches.Count);
    }

    [Fact]
    public async Task PlaceOutsideTheTrainedArea_IsLeftOutWithAWarning()
    {
        var outcome = await Tagger.TagAsync(
            new TagInput
            {
                Title = "Paris",
                Latitude = 48.8,
                Longitude = 2.3,
                Options = new TagOptions { Head = "linear-txt-loc" },
            },
            Token
        );
        var without = await Tagger.TagAsync(
            new TagInput
            {
                Title = "Paris",
                Options = new TagOptions { Head = "linear-txt-loc" },
            },
            Token
        );

        Assert.Equal([LocationResolver.OutsideTrainedArea], outcome.Value?.Warnings.Select(w => w.Code));
        Assert.False(outcome.Value?.Location?.InTrainedArea);
        Assert.Equal(without.Value?.Probabilities, outcome.Value?.Probabilities);
    }

    [Fact]
    public async Task EndlessTitle_IsCutAndTruncatedWithWarnings()
    {
        var outcome = await Tagger.TagAsync(new TagInput { Title = new string('x', 4095) + "😀 and more" }, Token);

        Assert.Equal(["title-cut", "title-truncated"], outcome.Value?.Warnings.Select(w => w.Code));
    }

    [Fact]
    public async Task BrokenPhoto_IsItsOwnFaultAndTheNextOneWorks()
    {
        var broken = await Tagger.TagAsync(new TagInput { Image = "not a photo"u8.ToArray(), Title = "A canal" }, Token);
        var next = await Tagger.TagAsync(new TagInput { Image = Photo, Title = "A canal" }, Token);

        Assert.Equal(TaggingErrorCode.UnsupportedMedia, broken.Error?.Code);
        Assert.Equal("image", broken.Error?.Field);
        Assert.True(next.IsSuccess);
    }

    [Fact]
    public async Task FaultsThatNeedNoWork_AreFoundBeforeAnyIsDone()
    {
        var runs = Encoder.ImageBatches.Count;
        TagInput photo = new() { Image = Photo };

        var place = await Tagger.TagAsync(photo with { Latitude = 91, Longitude = 0 }, Token);
        var head = await Tagger.TagAsync(photo with { Options = new TagOptions { Head = "no-such-head" } }, Token);
        var threshold = await Tagger.TagAsync(photo with { Options = new TagOptions { Threshold = 1.5 } }, Token);
        var nothing = await Tagger.TagAsync(new TagInput { Title = "  " }, Token);
        var noPhoto = await Tagger.TagAsync(
            new TagInput
            {
                Title = "A canal",
                Options = new TagOptions { Head = "linear-img" },
            },
            Token
        );

        Assert.Equal((TaggingErrorCode.InvalidValue, "lat"), (place.Error?.Code, place.Error?.Field));
        Assert.Equal((TaggingErrorCode.InvalidValue, "head"), (head.Error?.Code, head.Error?.Field));
        Assert.Equal((TaggingErrorCode.InvalidValue, "threshold"), (threshold.Error?.Code, threshold.Error?.Field));
        Assert.Equal(TaggingErrorCode.MissingInput, nothing.Error?.Code);
        Assert.Equal((TaggingErrorCode.MissingInput, "image"), (noPhoto.Error?.Code, noPhoto.Error?.Field));
        Assert.Equal(runs, Encoder.ImageBatches.Count);
    }

    [Fact]
    public async Task PhotoBeyondTheByteLimit_IsRefused()
    {
        await using var strict = await CreateAsync(new TaggingOptions { MaxImageBytes = 1024 });

        var outcome = await strict.Tagger.TagAsync(new TagInput { Image = Photo }, Token);

        Assert.Equal(TaggingErrorCode.ImageTooLarge, outcome.Error?.Code);
    }

    [Theory]
    [InlineData("linear-img-txt-loc")]
    [InlineData("linear-txt")]
    public async Task LinearExplanation_SumsUpToTheLogit(string head)
    {
        var outcome = await Tagger.TagAsync(Explained(head), Token);

        Assert.NotNull(outcome.Value?.Explanations);
        Assert.Equal(TagCatalog.Count, outcome.Value.Explanations.Count);
        for (var row = 0; row < TagCatalog.Count; row++)
        {
            var part = outcome.Value.Explanations[row];
            Assert.Equal("exact", part.Method);
            Assert.Equal(outcome.Value.Logits[row], part.Logit);
            Assert.Equal(part.Logit, part.Bias + (part.Image ?? 0) + (part.Title ?? 0) + (part.Location ?? 0), 1e-4f);
            Assert.NotNull(part.Title);
            Assert.Equal(head == "linear-txt", part.Image is null);
            Assert.Equal(head == "linear-txt", part.Location is null);
        }

        Assert.All(outcome.Value.Tags, tag => Assert.Same(outcome.Value.Explanations[tag.Tag.HeadRow], tag.Explanation));
    }

    [Fact]
    public async Task MlpExplanation_IsWhatLeavingAPartOutChanges()
    {
        var outcome = await Tagger.TagAsync(Explained("mlp-img-txt-loc"), Token);

        Assert.NotNull(outcome.Value?.Explanations);
        var embeddings = outcome.Value.Embeddings;
        var logits = new float[TagCatalog.Count];
        var (latitude, longitude) = LocationFeatures.Encode(new GeoPosition(52.5, -1.9));
        _standalone
            .Model.Find(outcome.Value.Head)
            .Score(1, embeddings.Image, new float[embeddings.Title!.Length], [latitude, longitude], logits, new float[logits.Length]);
        for (var row = 0; row < logits.Length; row++)
        {
            Assert.Equal("leave-one-out", outcome.Value.Explanations[row].Method);
            Assert.Equal(outcome.Value.Logits[row] - logits[row], outcome.Value.Explanations[row].Title!.Value, 1e-4f);
        }
    }

    [Fact]
    public async Task StoredEmbeddings_GiveTheSameAnswerWithoutAPhoto()
    {
        var input = new TagInput
        {
            Image = Photo,
            Title = "A canal bridge",
            Latitude = 52.5,
            Longitude = -1.9,
        };
        var tagged = await Tagger.TagAsync(input, Token);
        var embeddings = await Tagger.EmbedAsync(Photo, "A canal bridge", true, Token);
        var runs = Encoder.ImageBatches.Count;

        var again = Tagger.TagFromEmbeddings(embeddings.Value!, input with { Image = null, Title = null });

        Assert.Equal(tagged.Value?.Head, again.Value?.Head);
        Assert.Equal(tagged.Value?.Probabilities, again.Value?.Probabilities);
        Assert.Equal(runs, Encoder.ImageBatches.Count);
    }

    [Fact]
    public void UnfitEmbeddings_AreRefused()
    {
        var dimension = Encoder.Geometry.EmbeddingDimension;
        var notFinite = new float[dimension];
        notFinite[3] = float.NaN;

        var shorter = Tagger.TagFromEmbeddings(new ItemEmbeddings(new float[dimension - 1], null), new TagInput());
        var nan = Tagger.TagFromEmbeddings(new ItemEmbeddings(null, notFinite), new TagInput());
        var none = Tagger.TagFromEmbeddings(new ItemEmbeddings(null, null), new TagInput());

        Assert.Equal((TaggingErrorCode.InvalidValue, "image"), (shorter.Error?.Code, shorter.Error?.Field));
        Assert.Equal((TaggingErrorCode.InvalidValue, "title"), (nan.Error?.Code, nan.Error?.Field));
        Assert.Equal(TaggingErrorCode.MissingInput, none.Error?.Code);
    }

    [Fact]
    public async Task EmbedNothing_IsMissingInput()
    {
        Assert.Equal(TaggingErrorCode.MissingInput, (await Tagger.EmbedAsync(null, null, true, Token)).Error?.Code);
    }

    [Fact]
    public async Task FullLane_IsRefusedBeforeThePhotoIsDecoded()
    {
        await using var small = await CreateAsync(batching: new BatchingOptions { QueueCapacity = 1 });
        using var hold = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        Encoder.OnRun = _ =>
        {
            began.Release();
            hold.Wait(Token);
        };
        var running = small.Tagger.TagAsync(new TagInput { Image = Photo }, Token);
        await began.WaitAsync(Token);
        var queued = small.Tagger.TagAsync(new TagInput { Image = TestImages.Jpeg(seed: 2) }, Token);

        Assert.Equal(TaggingErrorCode.Overloaded, small.Tagger.RefusalAtTheDoor(Modalities.Image, null)?.Code);
        Assert.Null(small.Tagger.RefusalAtTheDoor(Modalities.Title, null));
        // Were it decoded, it would be found broken.
        var refused = await small.Tagger.TagAsync(new TagInput { Image = "not a photo"u8.ToArray() }, Token);
        Assert.Equal(TaggingErrorCode.Overloaded, refused.Error?.Code);
        Assert.NotNull(refused.Error?.RetryAfter);

        hold.Set();
        Assert.True((await running).IsSuccess);
        Assert.True((await queued).IsSuccess);
    }

    [Fact]
    public async Task CancelledRequest_EndsAtOnceAndItsTitleIsNotRun()
    {
        using var hold = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        Encoder.OnRun = _ =>
        {
            began.Release();
            hold.Wait(Token);
        };
        var running = Tagger.TagAsync(new TagInput { Image = Photo }, Token);
        await began.WaitAsync(Token);
        var runs = Encoder.TitleBatches.Count;
        using var cancel = new CancellationTokenSource();
        var doomed = Tagger.TagAsync(new TagInput { Title = "A canal" }, cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => doomed);
        hold.Set();

        Assert.True((await running).IsSuccess);
        Assert.True((await Tagger.TagAsync(new TagInput { Image = Photo }, Token)).IsSuccess);
        Assert.Equal(runs, Encoder.TitleBatches.Count);
    }

    [Fact]
    public async Task TitleOfABrokenPhoto_IsNotRun()
    {
        using var hold = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        Encoder.OnRun = _ =>
        {
            began.Release();
            hold.Wait(Token);
        };
        var running = Tagger.TagAsync(new TagInput { Image = Photo }, Token);
        await began.WaitAsync(Token);
        var runs = Encoder.TitleBatches.Count;

        var broken = await Tagger.TagAsync(
            new TagInput
            {
                Image = "not a photo"u8.ToArray(),
                Title = "A canal",
                Options = new TagOptions { Head = "linear-img-txt" },
            },
            Token
        );
        hold.Set();

        Assert.Equal(TaggingErrorCode.UnsupportedMedia, broken.Error?.Code);
        Assert.True((await running).IsSuccess);
        Assert.True((await Tagger.TagAsync(new TagInput { Image = Photo }, Token)).IsSuccess);
        Assert.Equal(runs, Encoder.TitleBatches.Count);
    }

    [Fact]
    public async Task EngineThatFailsOnOnePhoto_FailsItAlone()
    {
        var bad = TestImages.SolidPng(64, 64, 255, 0, 0);
        Encoder.FailsOnCrop = crop => crop.Span[0] == 255 && crop.Span[1] == 0 && crop.Span[2] == 0;

        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 9).Select(i => Tagger.TagAsync(new TagInput { Image = i == 4 ? bad : TestImages.Jpeg(seed: i) }, Token))
        );

        for (var i = 0; i < outcomes.Length; i++)
        {
            Assert.Equal(i == 4 ? TaggingErrorCode.InferenceFailed : null, outcomes[i].Error?.Code);
        }
    }

    [Fact]
    public async Task VectorThatIsNoNumber_FailsItsItemAlone()
    {
        await using var fails = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            new NotFiniteEngine(),
            cancellationToken: Token
        );

        var outcome = await fails.Tagger.TagAsync(new TagInput { Title = "overflow" }, Token);

        Assert.Equal(TaggingErrorCode.InferenceFailed, outcome.Error?.Code);
    }

    [Fact]
    public async Task ManyAtOnce_GetWhatEachGetsAlone()
    {
        var inputs = Enumerable
            .Range(0, 200)
            .Select(i => new TagInput
            {
                Image = i % 3 == 0 ? default(ReadOnlyMemory<byte>?) : TestImages.Jpeg(64, 48, i % 17),
                Title = i % 3 == 1 ? null : string.Join(' ', Enumerable.Repeat("canal", 1 + (i % 9))),
            })
            .ToArray();
        var alone = new List<float[]>();
        foreach (var input in inputs)
        {
            var outcome = await Tagger.TagAsync(input, Token);
            Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
            alone.Add(outcome.Value.Probabilities);
        }

        var together = await Task.WhenAll(inputs.Select(input => Task.Run(() => Tagger.TagAsync(input, Token), Token)));

        for (var i = 0; i < inputs.Length; i++)
        {
            Assert.Equal(alone[i], together[i].Value?.Probabilities);
        }
    }

    private static TagInput Explained(string head) =>
        new()
        {
            Image = Photo,
            Title = "A canal bridge",
            Latitude = 52.5,
            Longitude = -1.9,
            Options = new TagOptions { Head = head, ExplainAll = true },
        };

    private Task<StandaloneTagger> CreateAsync(TaggingOptions? tagging = null, BatchingOptions? batching = null) =>
        TaggerFactory.CreateAsync(BundleReader.OpenEmbedded(), _engine, tagging, batching, cancellationToken: Token);
}
