using System.Text.Json;
using GeoTagService.Api.FunctionalTests;
using GeoTagService.Contracts;
using GeoTagService.Testing;

namespace GeoTagService.Client.Tests;

public sealed class GeoTagClientTests
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public async Task PhotoTitlePlaceAndOptions_AllArrive()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());

        var answer = await geotag.TagAsync(
            new TagItem
            {
                Image = TestImages.Jpeg(),
                Title = "Übergang – Bingley Five Rise",
                Lat = 53.8567,
                Lon = -1.8378,
                Head = "mlp-img-txt-loc",
                Threshold = new ThresholdChoice(0.25, new Dictionary<string, double> { ["tag1077"] = 0.75 }),
                Explain = ExplainChoice.All,
                ApplyOrientation = false,
            },
            Token
        );

        Assert.Equal("mlp-img-txt-loc", answer.Head.Name);
        Assert.Equal([Modality.Image, Modality.Title, Modality.Location], answer.Modalities);
        Assert.Equal(53.8567, answer.Location?.Lat);
        Assert.Equal(0.75f, answer.Decision.TagThresholds?["tag1077"]);
        Assert.Equal(0.25f, answer.Decision.TagThresholds?["tag787"]);
        Assert.Equal(49, answer.Explanations?.Count);
        Assert.Equal(49, answer.Probabilities.Count);
        Assert.Empty(answer.Warnings);
        Assert.Equal("test", answer.Model.Name);
    }

    /// <summary>Whatever an item of a batch can say, one sent alone says too: nothing is left at home.</summary>
    [Fact]
    public async Task EveryMemberOfAnItem_IsSentInTheForm()
    {
        var form = "";
        using var handler = new FormHandler(body => form = body);
        using var http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost/") };
        var client = new GeoTagClient(http, new GeoTagClientOptions());
        var item = new TagItem
        {
            Id = "7",
            Image = [1],
            Title = "Canal",
            Lat = 52.5,
            Lon = -0.98,
            GridReference = "SP 69 89",
            Head = "mlp-img",
            Threshold = JsonSerializer.Deserialize("0.25", TagJson.Wire.ThresholdChoice),
            Explain = ExplainChoice.All,
            ApplyOrientation = false,
            Top = 3,
            TitleFrom = "metadata",
        };
        using var asJson = JsonSerializer.SerializeToDocument(item, TagJson.Wire.TagItem);
        var members = asJson.RootElement.EnumerateObject().Select(member => member.Name).Where(name => name != "id").ToList();

        await Assert.ThrowsAsync<GeoTagProblemException>(() => client.TagAsync(item, TestContext.Current.CancellationToken));

        Assert.Equal(typeof(TagItem).GetProperties().Length - 2, members.Count);
        Assert.All(
            members,
            member =>
                Assert.Contains(
                    $"name={member}\r\n",
                    form.Replace("; filename=image; filename*=utf-8''image", "", StringComparison.Ordinal),
                    StringComparison.Ordinal
                )
        );
        Assert.Contains("name=threshold\r\n\r\n0.25\r\n", form, StringComparison.Ordinal);
        Assert.Contains("name=explain\r\n\r\nall\r\n", form, StringComparison.Ordinal);
        Assert.Contains("name=applyOrientation\r\n\r\nfalse\r\n", form, StringComparison.Ordinal);
        Assert.Contains("name=top\r\n\r\n3\r\n", form, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedItem_IsATypedProblem()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());

        var photo = await Assert.ThrowsAsync<GeoTagProblemException>(() =>
            geotag.TagAsync(new TagItem { Image = "no photo"u8.ToArray() }, Token)
        );
        var place = await Assert.ThrowsAsync<GeoTagProblemException>(() =>
            geotag.TagAsync(
                new TagItem
                {
                    Title = "Mam Tor",
                    Lat = 91,
                    Lon = 0,
                },
                Token
            )
        );

        Assert.Equal(("unsupported-media", "image", 415), (photo.Code, photo.Field, (int)photo.Status));
        Assert.Equal(("invalid-value", "lat", 422), (place.Code, place.Field, (int)place.Status));
        Assert.Contains("91", place.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_TagAsTheirPhotoDoes()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());
        var item = new TagItem { Image = TestImages.Jpeg(), Title = "Mam Tor" };

        var embedded = await geotag.EmbedAsync(item.Image, item.Title, cancellationToken: Token);
        var again = await geotag.TagFromEmbeddingsAsync(new EmbeddedItem { Image = embedded.Image, Title = embedded.Title }, Token);
        var direct = await geotag.TagAsync(item, Token);
        var unit = await geotag.EmbedAsync(null, item.Title, normalize: true, Token);

        Assert.Equal(16, embedded.Image?.Values.Length);
        Assert.Equal(direct.Probabilities, again.Probabilities);
        Assert.Null(unit.Image);
        Assert.Equal(1, unit.Title!.Values.Sum(value => value * value), 4);
    }

    [Fact]
    public async Task ModelAndTags_AreDescribed()
    {
        await using var service = new GeoTagApplication();
        var geotag = new GeoTagClient(await service.ReadyClientAsync());

        var model = await geotag.GetModelAsync(Token);
        var tags = await geotag.GetTagsAsync(Token);

        Assert.Equal(ModelPurpose.Demonstration, model.Purpose);
        Assert.Equal(4, model.Heads.Count);
        Assert.Equal(49, tags.Tags.Count);
    }

    [Fact]
    public async Task ApiKey_IsSent()
    {
        await using var service = new GeoTagApplication(("GeoTag:ApiKeys:0", "a-key-of-these-tests-0123456789"));
        var http = await service.ReadyClientAsync();

        await Assert.ThrowsAsync<GeoTagProblemException>(() => new GeoTagClient(http).GetTagsAsync(Token));
        var geotag = new GeoTagClient(service.CreateClient(), new GeoTagClientOptions { ApiKey = "a-key-of-these-tests-0123456789" });

        Assert.Equal(49, (await geotag.GetTagsAsync(Token)).Tags.Count);
    }
}

/// <summary>Keeps the body of a request and refuses it.</summary>
internal sealed class FormHandler(Action<string> keep) : HttpMessageHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        keep(await request.Content!.ReadAsStringAsync(cancellationToken));
        return new HttpResponseMessage(System.Net.HttpStatusCode.UnprocessableEntity)
        {
            Content = new StringContent("{}", null, "application/problem+json"),
        };
    }
}
