using GeoTagService.Api.FunctionalTests;
using GeoTagService.Contracts;
using GeoTagService.Testing;

namespace GeoTagService.Client.Tests;

public sealed class BatchTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task ManyItems_ComeBackInOrderWithTheirOwnFaults()
    {
        await using var service = GeoTagApplication.OnAPort();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());
        var photo = TestImages.Jpeg(64, 48);

        var lines = await geotag
            .TagBatchAsync(
                Numbered(
                    203,
                    number =>
                        number % 10 == 3
                            ? new TagItem { Image = "broken"u8.ToArray() }
                            : new TagItem { Image = photo, Title = $"title {number}" }
                ),
                cancellationToken: Token
            )
            .ToListAsync(Token);

        Assert.Equal(203, lines.Count);
        Assert.All(
            lines,
            (line, number) =>
            {
                Assert.Equal(number, line.Index);
                Assert.Equal(number.ToString(System.Globalization.CultureInfo.InvariantCulture), line.Id);
                Assert.Equal(number % 10 == 3, line.Error is not null);
                Assert.Equal(number % 10 != 3, line.Result is not null);
            }
        );
        Assert.Equal("unsupported-media", lines[3].Error?.Code);
    }

    [Fact]
    public async Task SlowReader_HoldsTheSourceBack()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());
        var taken = 0;

        await foreach (
            var line in geotag.TagBatchAsync(
                Numbered(500, number => new TagItem { Title = $"title {number}" }, () => taken++),
                new BatchShape(8, 3),
                Token
            )
        )
        {
            Assert.InRange(taken - line.Index, 1, 4 * 8);
        }

        Assert.Equal(500, taken);
    }

    [Fact]
    public async Task ReaderThatLeaves_EndsTheSource()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());
        var taken = 0;

        await foreach (
            var line in geotag.TagBatchAsync(
                Numbered(10_000, number => new TagItem { Title = $"title {number}" }, () => taken++),
                new BatchShape(4, 2),
                Token
            )
        )
        {
            if (line.Index == 10)
            {
                break;
            }
        }

        Assert.InRange(taken, 11, 24);
    }

    [Fact]
    public async Task EmptySource_AsksNothing()
    {
        var geotag = new GeoTagClient(new HttpClient(new ScriptedHandler()) { BaseAddress = new Uri("http://nowhere.test/") });

        Assert.Empty(await geotag.TagBatchAsync(Numbered(0, _ => new TagItem()), cancellationToken: Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Embeddings_TravelTheSameWay()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());
        var vector = new EmbeddingVector([.. Enumerable.Range(0, 16).Select(value => value / 16f)], EmbeddingEncoding.Base64);
        var items = Enumerable
            .Range(0, 40)
            .Select(number => new EmbeddedItem { Id = $"{number}", Image = number == 7 ? vector with { Values = [1] } : vector });

        var lines = await geotag.TagFromEmbeddingsAsync(items.ToAsyncEnumerable(), cancellationToken: Token).ToListAsync(Token);

        Assert.Equal(40, lines.Count);
        Assert.Equal("invalid-value", Assert.Single(lines, line => line.Error is not null).Error?.Code);
        Assert.Equal("linear-img", lines[0].Result?.Head.Name);
    }

    internal static async IAsyncEnumerable<TagItem> Numbered(int count, Func<int, TagItem> make, Action? onTaken = null)
    {
        for (var number = 0; number < count; number++)
        {
            onTaken?.Invoke();
            yield return make(number) with
            {
                Id = $"{number}",
            };
        }

        await Task.CompletedTask;
    }
}
