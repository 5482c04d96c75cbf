using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Tagging;

public sealed class PhotoEvidenceTests : IAsyncLifetime
{
    private static readonly byte[] Photo = TestImages.Jpeg(seed: 1);

    private readonly FakeClipEngine _engine = new();
    private StandaloneTagger _standalone = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PhotoTagger Tagger => _standalone.Tagger;

    public async ValueTask InitializeAsync() =>
        _standalone = await TaggerFactory.CreateAsync(BundleReader.OpenEmbedded(), _engine, cancellationToken: Token);

    public ValueTask DisposeAsync() => _standalone.DisposeAsync();

    [Fact]
    public async Task Evidence_IsTheLogitLessThatOfEachCoveredPatch()
    {
        var options = new TagOptions { Head = "linear-img-txt" };
        var input = new TagInput
        {
            Image = Photo,
            Title = "A canal bridge",
            Options = options,
        };
        var whole = await Tagger.TagAsync(input, Token);
        var before = _engine.Encoder!.ImageBatches.Sum();

        var outcome = await Tagger.FindEvidenceAsync(input, "tag1077", Token);

        Assert.True(outcome.IsSuccess, outcome.Error?.Detail);
        var evidence = outcome.Value;
        Assert.Equal("Canals", evidence.Tag.Name);
        Assert.Equal(whole.Value!.Logits[evidence.Tag.HeadRow], evidence.Logit, 1e-5);
        Assert.Equal(7, evidence.Drops.Length);
        Assert.All(evidence.Drops, row => Assert.Equal(7, row.Length));
        // One run a patch and one for the whole: none is left out and none guessed.
        Assert.Equal(before + 50, _engine.Encoder.ImageBatches.Sum());
        Assert.True(evidence.Drops.SelectMany(row => row).Distinct().Count() > 10);
    }

    [Fact]
    public async Task Evidence_UnknownTag_NamesTheField()
    {
        var outcome = await Tagger.FindEvidenceAsync(new TagInput { Image = Photo }, "tag1", Token);

        Assert.Equal("tag", outcome.Error?.Field);
        Assert.Equal(TaggingErrorCode.InvalidValue, outcome.Error?.Code);
    }

    [Fact]
    public async Task Evidence_WithoutAPhoto_IsMissingInput()
    {
        var outcome = await Tagger.FindEvidenceAsync(new TagInput { Title = "A canal" }, "tag1077", Token);

        Assert.Equal(TaggingErrorCode.MissingInput, outcome.Error?.Code);
        Assert.Equal("image", outcome.Error?.Field);
    }

    [Fact]
    public async Task Evidence_HeadThatTakesNoPhoto_IsRefused()
    {
        var input = new TagInput
        {
            Image = Photo,
            Title = "A canal",
            Options = new TagOptions { Head = "linear-txt" },
        };

        var outcome = await Tagger.FindEvidenceAsync(input, "tag1077", Token);

        Assert.Equal("head", outcome.Error?.Field);
    }
}
