using System.Text.Json;
using GeoTagService.Contracts;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Golden;

/// <summary>The tool against the reference implementation, in the forms that anyone can use from outside.</summary>
public sealed class GoldenTests(ReferenceBundle bundle)
{
    // The aim is 1e-6. Encoders in float32 by other kernels alone move a probability by up to 7.5e-7, and the head's sums
    // in float32 by up to 4e-7 more: measured are 5.6e-7 to 1.01e-6 over the requests.
    private const float WholeRequestTolerance = 1e-6f;

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public async Task Tokens_OfTheGoldenTitles_AreEqual()
    {
        using var directory = new TemporaryDirectory();
        using var golden = Read("titles.json");
        var rows = golden.RootElement.EnumerateArray().ToList();
        var list = directory.Write(
            "titles.json",
            JsonSerializer.SerializeToUtf8Bytes(rows.Select(row => row.GetProperty("text").GetString()))
        );

        var printed = (await GeotagRun.Of("inspect", "tokens", "--bundle", await bundle.Directory, "--json", list)).Succeeds();

        Assert.Equal(rows.Select(row => Numbers<int>(row.GetProperty("ids"))), JsonSerializer.Deserialize<int[][]>(printed)!);
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public async Task Pixels_OfTheGoldenImages_AreEqual()
    {
        using var directory = new TemporaryDirectory();
        var target = directory.PathOf("x.npy");
        foreach (var image in Images().Where(name => !IsOurOwnWay(name)))
        {
            (await GeotagRun.Of("inspect", "pixels", Image(image), "--output", target, "--ignore-orientation")).Succeeds();

            var expected = NpyReader.ReadBytes(ReferenceData.PathOf("golden", "crops", image + ".npy"));
            var actual = NpyReader.ReadBytes(target);
            Assert.Equal(expected.Shape, actual.Shape);
            Assert.True(expected.Values.AsSpan().SequenceEqual(actual.Values), image);
        }
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public async Task Embeddings_OfTheGoldenPhotosAndTitles_AreWithinATenThousandth()
    {
        using var golden = Read("titles.json");
        var titles = golden.RootElement.EnumerateArray().Select(row => row.GetProperty("text").GetString()!).ToList();
        var images = Images();
        string[] arguments =
        [
            "inspect",
            "embedding",
            "--bundle",
            await bundle.Directory,
            "--ignore-orientation",
            .. images.SelectMany(image => new[] { "--image", Image(image) }),
            .. titles.SelectMany(title => new[] { "--text", title }),
        ];

        var rows = JsonSerializer.Deserialize<float[][]>((await GeotagRun.Of(arguments)).Succeeds())!;

        var expectedImages = NpyReader.ReadFloats(ReferenceData.PathOf("golden", "embeds", "small_image.npy"));
        var expectedTitles = NpyReader.ReadFloats(ReferenceData.PathOf("golden", "embeds", "small_text.npy"));
        for (var i = 0; i < images.Count; i++)
        {
            if (!IsOurOwnWay(images[i]))
            {
                AssertNear(expectedImages.Row(i), rows[i], 1e-4f, images[i]);
            }
        }

        for (var i = 0; i < titles.Count; i++)
        {
            AssertNear(expectedTitles.Row(i), rows[images.Count + i], 1e-4f, titles[i]);
        }
    }

    [Fact(SkipUnless = nameof(ReferenceData.IsAvailable), SkipType = typeof(ReferenceData), Skip = ReferenceData.SkipReason)]
    public async Task Tags_OfTheGoldenRequests_AreEqual()
    {
        using var golden = Read("requests.json");
        var compared = 0;
        foreach (var request in golden.RootElement.GetProperty("requests").EnumerateArray())
        {
            var image = request.GetProperty("image").GetString()!;
            if (IsOurOwnWay(image))
            {
                continue;
            }

            foreach (var result in request.GetProperty("results").EnumerateObject())
            {
                var printed = (await GeotagRun.Of(await Arguments(request, image, result.Name.Split('/')[1]))).Succeeds();
                var response = JsonSerializer.Deserialize(printed, TagJson.Default.TagResponse)!;

                var subject = $"{request.GetProperty("id").GetString()} {result.Name}";
                AssertNear(
                    Numbers<float>(result.Value.GetProperty("probs")),
                    [.. response.Probabilities.Values],
                    WholeRequestTolerance,
                    subject
                );
                Assert.Equal(
                    result.Value.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!).Order(StringComparer.Ordinal),
                    response.Tags.Select(tag => tag.Id).Order(StringComparer.Ordinal)
                );
                Assert.Equal(result.Value.GetProperty("fallback").GetBoolean(), response.Decision.FallbackUsed);
                compared++;
            }
        }

        Assert.InRange(compared, 10, int.MaxValue);
    }

    private async Task<string[]> Arguments(JsonElement request, string image, string head)
    {
        var arguments = new List<string>
        {
            "tag",
            "--bundle",
            await bundle.Directory,
            "--image",
            Image(image),
            "--title",
            request.GetProperty("title").GetString()!,
            "--head",
            head,
            "--ignore-orientation",
            "--json",
        };
        if (request.GetProperty("lat").ValueKind == JsonValueKind.Number)
        {
            arguments.AddRange(["--lat", request.GetProperty("lat").GetRawText(), "--lon", request.GetProperty("lon").GetRawText()]);
        }

        return [.. arguments];
    }

    /// <summary>Palette images and 16-bit gray are resized with more care than Pillow takes.</summary>
    private static bool IsOurOwnWay(string image) =>
        new[] { "palette", "gray16" }.Any(trait => image.Contains(trait, StringComparison.Ordinal));

    private static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float tolerance, string subject)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = 0f;
        for (var i = 0; i < expected.Length; i++)
        {
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        }

        Assert.True(worst <= tolerance, $"{subject}: differs by {worst}");
    }

    private static List<string> Images()
    {
        using var golden = Read("images.json");
        return [.. golden.RootElement.GetProperty("images").EnumerateArray().Select(image => image.GetProperty("file").GetString()!)];
    }

    private static T[] Numbers<T>(JsonElement array) => array.Deserialize<T[]>()!;

    private static string Image(string name) => ReferenceData.PathOf("golden", "images", name);

    private static JsonDocument Read(string name) => JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", name)));
}
