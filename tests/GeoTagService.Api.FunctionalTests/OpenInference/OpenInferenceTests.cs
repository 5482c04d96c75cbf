using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.OpenInference;

public sealed class OpenInferenceTests
{
    private static byte[] Photo { get; } = TestImages.Jpeg(64, 48);

    [Fact]
    public async Task ServerAndHeads_DescribeThemselvesAsTheProtocolSays()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        Assert.True((await GetAsync(client, "/v2/health/live")).GetProperty("live").GetBoolean());
        Assert.True((await GetAsync(client, "/v2/health/ready")).GetProperty("ready").GetBoolean());
        var server = await GetAsync(client, "/v2");
        Assert.Equal("GeoTagService", server.GetProperty("name").GetString());
        Assert.Equal("1.2.3", server.GetProperty("version").GetString());
        Assert.Contains("binary_tensor_data", server.GetProperty("extensions").EnumerateArray().Select(one => one.GetString()));

        var head = await GetAsync(client, "/v2/models/mlp-img-txt-loc");
        Assert.Equal("mlp-img-txt-loc", head.GetProperty("name").GetString());
        Assert.Equal("1.2.3", head.GetProperty("versions")[0].GetString());
        Assert.NotEmpty(head.GetProperty("platform").GetString()!);
        Assert.Equal(
            ["image BYTES [-1]", "title BYTES [-1]", "location FP32 [-1,2]"],
            head.GetProperty("inputs").EnumerateArray().Select(Signature)
        );
        Assert.Equal(["probabilities FP32 [-1,49]"], head.GetProperty("outputs").EnumerateArray().Select(Signature));
        Assert.Equal(
            TagCatalog.Tags.Select(tag => tag.Id),
            head.GetProperty("parameters").GetProperty("labels").EnumerateArray().Select(one => one.GetString())
        );
        Assert.Equal(
            ["title", "location"],
            head.GetProperty("parameters").GetProperty("optional_inputs").EnumerateArray().Select(one => one.GetString())
        );
        Assert.Equal(
            ["title BYTES [-1]"],
            (await GetAsync(client, "/v2/models/linear-txt")).GetProperty("inputs").EnumerateArray().Select(Signature)
        );
        Assert.True((await GetAsync(client, "/v2/models/auto/versions/1.2.3/ready")).GetProperty("ready").GetBoolean());
        Assert.True((await GetAsync(client, "/v2/models/linear-img/ready")).GetProperty("ready").GetBoolean());

        static string Signature(JsonElement tensor) =>
            $"{tensor.GetProperty("name")} {tensor.GetProperty("datatype")} {tensor.GetProperty("shape").GetRawText()}";
    }

    [Theory]
    [InlineData("9C")]
    [InlineData("43FF")]
    [InlineData("5C7564383030")]
    [InlineData("EDA080")]
    public async Task TextThatIsNone_IsRefused(string hexadecimal)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        byte[] body =
        [
            .. "{\"inputs\":[{\"name\":\"title\",\"datatype\":\"BYTES\",\"shape\":[1],\"data\":[\""u8,
            .. Convert.FromHexString(hexadecimal),
            .. "\"]}]}"u8,
        ];
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");

        using var answer = await client.PostAsync("/v2/models/auto/infer", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("mlp-img-txt-loc")]
    [InlineData("linear-img-txt")]
    [InlineData("auto")]
    public async Task Json_GivesWhatTheServicesOwnOperationGives(string head)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var expected = await OwnAsync(client, head, Photo, "Lock on the canal", 52.5, -0.98);

        using var answer = await client.PostAsync(
            $"/v2/models/{head}/infer",
            Requests.Json(
                new JsonObject
                {
                    ["id"] = "one",
                    ["inputs"] = new JsonArray(
                        Tensor("image", "BYTES", [1], Convert.ToBase64String(Photo)),
                        Tensor("title", "BYTES", [1, 1], new JsonArray("Lock on the canal")),
                        Tensor("location", "FP32", [1, 2], new JsonArray(52.5f, -0.98f))
                    ),
                }.ToJsonString()
            ),
            TestContext.Current.CancellationToken
        );

        var json = await SucceedsAsync(answer);
        Assert.Equal("one", json.GetProperty("id").GetString());
        Assert.Equal(head, json.GetProperty("model_name").GetString());
        Assert.Equal("1.2.3", json.GetProperty("model_version").GetString());
        var output = json.GetProperty("outputs")[0];
        Assert.Equal("probabilities", output.GetProperty("name").GetString());
        Assert.Equal("FP32", output.GetProperty("datatype").GetString());
        Assert.Equal("[1,49]", output.GetProperty("shape").GetRawText());
        Assert.Equal(expected, output.GetProperty("data").EnumerateArray().Select(value => value.GetSingle()), Close);
    }

    /// <summary>As Triton's own client sends it: no Content-Type, all tensors behind the JSON, and binary data back.</summary>
    [Fact]
    public async Task BinaryData_ThereAndBack_ForSeveralItems()
    {
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        byte[][] photos = [TestImages.Jpeg(64, 48, 1), TestImages.Png(40, 60, 2), TestImages.WebP(64, 64, 3)];
        string[] titles = ["Lock", "Ål på moor ☂", ""];
        float[] places = [52.5f, -0.98f, float.NaN, float.NaN, 57.1f, -4.2f];
        var images = Packed(photos);
        var words = Packed(titles.Select(Encoding.UTF8.GetBytes));
        var numbers = new byte[places.Length * sizeof(float)];
        for (var i = 0; i < places.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(i * sizeof(float)), places[i]);
        }

        var header = Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["inputs"] = new JsonArray(
                    Binary("image", "BYTES", [3], images.Length),
                    Binary("title", "BYTES", [3], words.Length),
                    Binary("location", "FP32", [3, 2], numbers.Length)
                ),
                ["parameters"] = new JsonObject { ["binary_data_output"] = true },
            }.ToJsonString()
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/mlp-img-txt-loc/infer")
        {
            Content = new ByteArrayContent([.. header, .. images, .. words, .. numbers]),
        };
        request.Headers.Add("Inference-Header-Content-Length", header.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        var body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType?.MediaType);
        var split = int.Parse(
            answer.Headers.GetValues("Inference-Header-Content-Length").Single(),
            System.Globalization.CultureInfo.InvariantCulture
        );
        using var json = JsonDocument.Parse(body.AsMemory(0, split));
        var output = json.RootElement.GetProperty("outputs")[0];
        Assert.Equal("[3,49]", output.GetProperty("shape").GetRawText());
        Assert.Equal(body.Length - split, output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        for (var i = 0; i < 3; i++)
        {
            double? lat = float.IsNaN(places[i * 2]) ? null : places[i * 2],
                lon = float.IsNaN(places[i * 2]) ? null : places[(i * 2) + 1];
            var expected = await OwnAsync(client, "mlp-img-txt-loc", photos[i], titles[i], lat, lon);
            var found = Enumerable
                .Range(0, 49)
                .Select(row => BinaryPrimitives.ReadSingleLittleEndian(body.AsSpan(split + (((i * 49) + row) * sizeof(float)))));
            Assert.Equal(expected, found, Close);
        }
    }

    [Fact]
    public async Task ItemsWithoutAPhoto_AreTaggedByTheirTitle()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        using var alone = await client.PostAsync(
            "/v2/models/auto/infer",
            Requests.Json(new JsonObject { ["inputs"] = new JsonArray(Tensor("title", "BYTES", [1], "Lock on the canal")) }.ToJsonString()),
            TestContext.Current.CancellationToken
        );
        using var beside = await client.PostAsync(
            "/v2/models/auto/infer",
            Requests.Json(
                new JsonObject
                {
                    ["inputs"] = new JsonArray(
                        Tensor("image", "BYTES", [2], "", Convert.ToBase64String(Photo)),
                        Tensor("title", "BYTES", [2], "Lock on the canal", "Moor"),
                        Tensor("location", "FP32", [2, 2], null, null, 57.5f, -5.7f)
                    ),
                }.ToJsonString()
            ),
            TestContext.Current.CancellationToken
        );

        var (first, second) = (await SucceedsAsync(alone), await SucceedsAsync(beside));
        Assert.Equal("linear-txt", first.GetProperty("parameters").GetProperty("heads").GetString());
        Assert.Equal("linear-txt,mlp-img-txt-loc", second.GetProperty("parameters").GetProperty("heads").GetString());
        Assert.Equal(
            first.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(value => value.GetSingle()),
            second.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Take(49).Select(value => value.GetSingle())
        );
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", 422, "missing-input", "inputs")]
    [InlineData("""{}""", 422, "missing-input", "inputs")]
    [InlineData("""{"inputs":[null]}""", 400, "malformed", "inputs")]
    [InlineData("""{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES"}]}""", 422, "invalid-value", "title")]
    [InlineData("""{"inputs":[{"name":"title","shape":[2],"datatype":"BYTES","data":["a"]}]}""", 422, "invalid-value", "title")]
    [InlineData("""{"inputs":[{"name":"title","shape":[1],"datatype":"INT32","data":[1]}]}""", 422, "invalid-value", "title")]
    [InlineData("""{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":[1]}]}""", 400, "malformed", "title")]
    [InlineData("""{"inputs":[{"name":"title","shape":[-1],"datatype":"BYTES","data":["a"]}]}""", 422, "invalid-value", "title")]
    [InlineData("""{"inputs":[{"name":"title","shape":[1,2],"datatype":"BYTES","data":["a","b"]}]}""", 422, "invalid-value", "title")]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[4294967296,4294967296],"datatype":"BYTES","data":[]}]}""",
        422,
        "invalid-value",
        "title"
    )]
    [InlineData("""{"inputs":[{"name":"title","shape":[1000],"datatype":"BYTES","data":[]}]}""", 422, "invalid-value", "title")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["%%%"]}]}""", 400, "malformed", "image")]
    [InlineData("""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["aGFsbG8="]}]}""", 415, "unsupported-media", "image")]
    [InlineData("""{"inputs":[{"name":"pixels","shape":[1],"datatype":"BYTES","data":["a"]}]}""", 422, "invalid-value", "inputs")]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]}]}""",
        400,
        "malformed",
        "title"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"location","shape":[1,2],"datatype":"FP32","data":[91,0]}]}""",
        422,
        "invalid-value",
        "lat"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]},{"name":"location","shape":[2],"datatype":"FP32","data":[1,0]}]}""",
        422,
        "invalid-value",
        "location"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]}],"outputs":[{"name":"logits"}]}""",
        422,
        "invalid-value",
        "outputs"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}""",
        400,
        "malformed",
        "title"
    )]
    [InlineData("""{"inputs":7}""", 400, "malformed", "inputs")]
    [InlineData("""[1]""", 400, "malformed", null)]
    [InlineData("""{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]}]} {}""", 400, "malformed", null)]
    [InlineData("""{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]}]""", 400, "malformed", "inputs")]
    [InlineData("""{"inputs":[],"inputs":[]}""", 400, "malformed", "inputs")]
    [InlineData("""{"inputs":[{"name":"title","shape":["1"],"datatype":"BYTES","data":["a"]}]}""", 400, "malformed", "inputs")]
    [InlineData("""{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":[{"a":["b"]}]}]}""", 400, "malformed", "title")]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":"5"}}]}""",
        400,
        "malformed",
        "title"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":-5}}]}""",
        400,
        "malformed",
        "title"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"],"parameters":{"shared_memory_region":"r"}}]}""",
        422,
        "invalid-value",
        "title"
    )]
    [InlineData(
        """{"inputs":[{"name":"title","shape":[1],"datatype":"BYTES","data":["a"]}],"outputs":[{"name":"probabilities","parameters":{"classification":3}}]}""",
        422,
        "invalid-value",
        "outputs"
    )]
    [InlineData("""{"inputs":[{"name":"location","shape":[1,2],"datatype":"FP32","data":[1, NaN]}]}""", 400, "malformed", "inputs")]
    [InlineData("not json", 400, "malformed", null)]
    public async Task BadRequest_IsAProblemWithASentenceUnderError(string body, int status, string code, string? field)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v2/models/auto/infer", Requests.Json(body), TestContext.Current.CancellationToken);

        var problem = await answer.ProblemAsync(status, code, field);
        Assert.Equal(problem.GetProperty("detail").GetString(), problem.GetProperty("error").GetString());
    }

    [Fact]
    public async Task JsonWithoutEnd_EndsAtItsLimit()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var filler = string.Concat(Enumerable.Repeat("{},", 20_000));

        foreach (
            var body in new[]
            {
                $$"""{"inputs":[{{filler}}{}]}""",
                $$"""{"other":[{{filler}}{}]}""",
                $$"""{"inputs":[{"data":[{{filler}}{}]}]}""",
                "{\"parameters\":{\"other\":[" + filler + "{}]}}",
            }
        )
        {
            using var answer = await client.PostAsync("/v2/models/auto/infer", Requests.Json(body), TestContext.Current.CancellationToken);

            await answer.ProblemAsync(413, "too-many-members", "inputs");
        }
    }

    [Fact]
    public async Task WhatIsEscapedNestedOrUnheardOf_IsReadAllTheSame()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var photo = Convert.ToBase64String(TestImages.Jpeg());
        using var plain = await client.PostAsync(
            "/v2/models/auto/infer",
            Requests.Json(
                $$"""{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["{{photo}}"]},{"name":"title","shape":[1],"datatype":"BYTES","data":["Canal/lock"]}]}"""
            ),
            TestContext.Current.CancellationToken
        );
        using var other = await client.PostAsync(
            "/v2/models/auto/infer",
            Requests.Json(
                $$"""{"later":{"a":[1,{"b":2}]},"inputs":[{"data":[["{{photo.Replace("/", "\\/", StringComparison.Ordinal)}}"]],"datatype":"BYTES","shape":[1,1],"name":"image","more":[[]]},{"name":"title","shape":[1,1],"parameters":{"content_type":"base64"},"datatype":"BYTES","data":[["Q2FuYWwvbG9jaw=="]]}]}"""
            ),
            TestContext.Current.CancellationToken
        );

        Assert.Equal(
            (await plain.JsonAsync()).GetProperty("outputs").GetRawText(),
            (await other.JsonAsync()).GetProperty("outputs").GetRawText()
        );
    }

    [Fact]
    public async Task FaultOfOneItem_IsSaidWithItsNumber()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();
        var body = new JsonObject { ["inputs"] = new JsonArray(Tensor("image", "BYTES", [2], Convert.ToBase64String(Photo), "aGFsbG8=")) };

        using var answer = await client.PostAsync(
            "/v2/models/linear-img/infer",
            Requests.Json(body.ToJsonString()),
            TestContext.Current.CancellationToken
        );

        var problem = await answer.ProblemAsync(415, "unsupported-media", "image");
        Assert.StartsWith("Item 1: ", problem.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/models/nobody")]
    [InlineData("/v2/models/nobody/ready")]
    [InlineData("/v2/models/linear-img/versions/9")]
    [InlineData("/v2/models/linear-img/config")]
    [InlineData("/v2/repository/index")]
    public async Task UnknownModelOrVersion_IsNotFound(string path)
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.NotEmpty((await answer.ProblemAsync(404, "not-found", null)).GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task WrongMethod_IsSaidUnderErrorToo()
    {
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.GetAsync("/v2/models/auto/infer", TestContext.Current.CancellationToken);

        Assert.NotEmpty((await answer.ProblemAsync(405, "method-not-allowed", null)).GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task Keys_AreAskedFor_ButNotByProbes()
    {
        await using var application = new GeoTagApplication(("GeoTag:ApiKeys:0", "sesame"));
        using var client = await application.ReadyClientAsync();

        using var probe = await client.GetAsync("/v2/health/ready", TestContext.Current.CancellationToken);
        using var refused = await client.PostAsync("/v2/models/auto/infer", Requests.Json("{}"), TestContext.Current.CancellationToken);
        client.DefaultRequestHeaders.Add("X-Api-Key", "sesame");
        using var admitted = await client.GetAsync("/v2/models/auto", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, probe.StatusCode);
        Assert.NotEmpty((await refused.ProblemAsync(401, "api-key-required", "X-Api-Key")).GetProperty("error").GetString()!);
        Assert.Equal(HttpStatusCode.OK, admitted.StatusCode);
    }

    private static bool Close(float a, float b) => Math.Abs(a - b) < 1e-5f;

    private static JsonObject Tensor(string name, string type, int[] shape, params JsonNode?[] data) =>
        new()
        {
            ["name"] = name,
            ["datatype"] = type,
            ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
            ["data"] = new JsonArray(data),
        };

    private static JsonObject Binary(string name, string type, int[] shape, int size)
    {
        var tensor = Tensor(name, type, shape);
        tensor.Remove("data");
        tensor["parameters"] = new JsonObject { ["binary_data_size"] = size };
        return tensor;
    }

    private static byte[] Packed(IEnumerable<byte[]> elements) =>
        [.. elements.SelectMany(element => BitConverter.GetBytes(element.Length).Concat(element))];

    private static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        return await SucceedsAsync(answer);
    }

    private static async Task<JsonElement> SucceedsAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        return await answer.JsonAsync();
    }

    private static async Task<IEnumerable<float>> OwnAsync(
        HttpClient client,
        string head,
        byte[] photo,
        string title,
        double? lat,
        double? lon
    )
    {
        var fields = new List<(string, string)> { ("title", title), ("head", head) };
        if (lat is not null)
        {
            fields.Add(("lat", FormattableString.Invariant($"{lat}")));
            fields.Add(("lon", FormattableString.Invariant($"{lon}")));
        }

        using var form = Requests.Form(photo, [.. fields]);
        using var answer = await client.PostAsync("/v1/tags", form, TestContext.Current.CancellationToken);
        return [.. (await answer.JsonAsync()).GetProperty("probabilities").EnumerateObject().Select(tag => tag.Value.GetSingle())];
    }
}
