using System.Net;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.Tagging;

/// <summary>Every bad input has its own document, and the next request works.</summary>
public sealed class BadInputTests
{
    private static readonly byte[] Photo = TestImages.Jpeg();

    public static TheoryData<string> Cases => [.. Rows.Keys];

    private static Dictionary<string, (Func<HttpContent> Body, string Query, int Status, string Code, string? Field)> Rows { get; } =
        new()
        {
            ["form without parts"] = (() => new MultipartFormDataContent("b"), "", 422, "missing-input", "image"),
            ["form of blank fields"] = (() => Requests.Form(null, ("title", ""), ("lat", "")), "", 422, "missing-input", "image"),
            ["form cut short"] = (
                () => Multipart("--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nCan"),
                "",
                400,
                "malformed",
                null
            ),
            ["form without its boundary"] = (() => Multipart("hello"), "", 400, "malformed", null),
            ["form without boundary parameter"] = (() => Body("x", "multipart/form-data"), "", 400, "malformed", "Content-Type"),
            ["part without a name"] = (
                () => Multipart("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n"),
                "",
                400,
                "malformed",
                null
            ),
            ["text file as image"] = (() => Requests.Form("hello, this is text"u8.ToArray()), "", 415, "unsupported-media", "image"),
            ["truncated jpeg"] = (() => Requests.Form(Photo[..(Photo.Length / 2)]), "", 422, "invalid-image", "image"),
            ["png that claims 60,000 by 60,000"] = (
                () => Requests.Form(TestImages.PngClaiming(60_000, 60_000)),
                "",
                413,
                "image-too-large",
                "image"
            ),
            ["empty file"] = (() => Requests.Form([]), "", 422, "invalid-image", "image"),
            ["empty image body"] = (() => Requests.Photo([]), "", 422, "invalid-image", "image"),
            ["two photos"] = (() => Two(), "", 400, "malformed", "image"),
            ["lat out of range"] = (() => Requests.Form(Photo, ("lat", "91"), ("lon", "0")), "", 422, "invalid-value", "lat"),
            ["lon out of range"] = (() => Requests.Form(Photo, ("lat", "51"), ("lon", "181")), "", 422, "invalid-value", "lon"),
            ["lat that is not a number"] = (() => Requests.Form(Photo, ("lat", "51,5"), ("lon", "0")), "", 400, "malformed", "lat"),
            ["lat that is NaN"] = (() => Requests.Form(Photo, ("lat", "NaN"), ("lon", "0")), "", 400, "malformed", "lat"),
            ["lon without lat"] = (() => Requests.Form(Photo, ("lon", "-2")), "", 422, "invalid-value", "lat"),
            ["grid reference that does not exist"] = (
                () => Requests.Form(Photo, ("gridReference", "ZZ99")),
                "",
                422,
                "invalid-value",
                "gridReference"
            ),
            ["places that disagree"] = (
                () => Requests.Form(Photo, ("lat", "51"), ("lon", "0"), ("gridReference", "SJ 96 88")),
                "",
                422,
                "conflict",
                "gridReference"
            ),
            ["head that does not exist"] = (() => Requests.Form(Photo, ("head", "cnn")), "", 422, "invalid-value", "head"),
            ["head that lacks its photo"] = (
                () => Requests.Form(null, ("title", "Canal"), ("head", "linear-img")),
                "",
                422,
                "missing-input",
                "image"
            ),
            ["threshold above one"] = (() => Requests.Form(Photo, ("threshold", "1.5")), "", 422, "invalid-value", "threshold"),
            ["threshold that is not a number"] = (() => Requests.Form(Photo, ("threshold", "half")), "", 400, "malformed", "threshold"),
            ["threshold of an unknown tag"] = (
                () => Requests.Form(Photo, ("threshold", "{\"tag1\":0.5}")),
                "",
                422,
                "invalid-value",
                "threshold"
            ),
            ["explain that is neither"] = (() => Requests.Form(Photo, ("explain", "maybe")), "", 400, "malformed", "explain"),
            ["title in invalid UTF-8"] = (() => Latin1Title(), "", 400, "invalid-text", "title"),
            ["title in invalid UTF-8 in the query"] = (() => Requests.Photo(Photo), "?title=Caf%E9", 400, "invalid-text", "title"),
            ["title given twice"] = (() => Requests.Form(Photo, ("title", "A"), ("title", "B")), "", 400, "malformed", "title"),
            ["title larger than a field may be"] = (
                () => Requests.Form(Photo, ("title", new string('a', 300_000))),
                "",
                413,
                "field-too-large",
                "title"
            ),
            ["text body"] = (() => Body("title=x", "text/plain"), "", 415, "unsupported-content-type", "Content-Type"),
            ["body without a type"] = (() => Body("abc", null), "", 415, "unsupported-content-type", "Content-Type"),
            ["json cut short"] = (() => Requests.Json("{\"title\":\"Can"), "", 400, "malformed", "title"),
            ["json sent as a form"] = (
                () => Body("{\"title\":\"x\"}", "application/x-www-form-urlencoded"),
                "",
                400,
                "malformed",
                "Content-Type"
            ),
            ["json that is not UTF-8"] = (
                () => Body(Encoding.Latin1.GetBytes("{\"title\":\"Café\"}"), "application/json"),
                "",
                400,
                "invalid-text",
                "title"
            ),
            ["json that is a list"] = (() => Requests.Json("[]"), "", 400, "malformed", null),
            ["json with a lat of text"] = (() => Requests.Json("{\"title\":\"x\",\"lat\":\"north\"}"), "", 400, "malformed", "lat"),
            ["json with an image that is not base64"] = (() => Requests.Json("{\"image\":\"***\"}"), "", 400, "malformed", "image"),
            ["nothing at all"] = (() => Body("", null), "", 422, "missing-input", "image"),
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task BadInput_HasItsOwnProblemAndTheNextRequestWorks(string name)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var (body, query, status, code, field) = Rows[name];
        var runsBefore = application.Encoder.ImageBatches.Count + application.Encoder.TitleBatches.Count;

        using (var content = body())
        using (var answer = await client.PostAsync($"/v1/tags{query}", content, TestContext.Current.CancellationToken))
        {
            await answer.ProblemAsync(status, code, field);
        }

        Assert.Equal(runsBefore, application.Encoder.ImageBatches.Count + application.Encoder.TitleBatches.Count);
        using var next = await client.PostAsync(
            "/v1/tags",
            Requests.Form(Photo, ("title", "Canal")),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.DoesNotContain(application.Log.Events, entry => entry.Level >= Serilog.Events.LogEventLevel.Error);
    }

    [Fact]
    public async Task TitleOfTenThousandCharacters_IsAnsweredWithAWarning()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags",
            Requests.Form(null, ("title", string.Concat(Enumerable.Repeat("canal ", 1_667)))),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var warnings = (await answer.JsonAsync()).GetProperty("warnings").EnumerateArray();
        Assert.Contains(warnings, warning => warning.GetProperty("field").GetString() == "title");
    }

    [Fact]
    public async Task FieldThatIsNotKnown_IsAnsweredWithAWarningThatNamesIt()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags", Requests.Form(Photo, ("lng", "-2")), TestContext.Current.CancellationToken);

        var warning = Assert.Single((await answer.JsonAsync()).GetProperty("warnings").EnumerateArray());
        Assert.Equal("unknown-field", warning.GetProperty("code").GetString());
        Assert.Equal("lng", warning.GetProperty("field").GetString());
    }

    [Fact]
    public async Task PhotoUnderAnotherName_IsNamedInTheProblem()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var form = new MultipartFormDataContent { { Requests.Photo(Photo), "photo", "photo.jpg" } };

        using var answer = await client.PostAsync("/v1/tags", form, TestContext.Current.CancellationToken);

        var problem = await answer.ProblemAsync(422, "missing-input", "image");
        Assert.Contains("photo", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static ByteArrayContent Body(string text, string? type) => Body(Encoding.UTF8.GetBytes(text), type);

    private static ByteArrayContent Body(byte[] bytes, string? type)
    {
        var content = new ByteArrayContent(bytes);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return content;
    }

    private static ByteArrayContent Multipart(string text) => Body(text, "multipart/form-data; boundary=b");

    private static MultipartFormDataContent Two() =>
        new() { { Requests.Photo(Photo), "image", "a.jpg" }, { Requests.Photo(Photo), "image", "b.jpg" } };

    private static MultipartFormDataContent Latin1Title() => new() { { new ByteArrayContent(Encoding.Latin1.GetBytes("Café")), "title" } };
}
