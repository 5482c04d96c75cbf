using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Contracts;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

public sealed class TagCommandTests(TinyModel model)
{
    [Fact]
    public async Task PhotoTitleAndPlace_GiveTheApisDocument()
    {
        using var directory = new TemporaryDirectory();
        var photo = directory.Write("photo.jpg", TestImages.Jpeg());

        var printed = (
            await Tag("--image", photo, "--title", "Mam Tor", "--lat", "53.35", "--lon", "-1.81", "--head", "linear-img-txt-loc", "--json")
        ).Succeeds();
        var response = JsonSerializer.Deserialize(printed, TagJson.Default.TagResponse)!;

        Assert.Equal(TagCatalog.Tags.Select(tag => tag.Id), response.Probabilities.Keys);
        Assert.All(response.Probabilities.Values, probability => Assert.InRange(probability, 0, 1));
        Assert.NotEmpty(response.Tags);
        Assert.Equal("linear-img-txt-loc", response.Head.Name);
        Assert.Equal(53.35, response.Location?.Lat);
        Assert.Equal((await GeotagRun.Of("models", "verify", "--bundle", model.Bundle)).Output.Trim(), response.Model.Digest);
        Assert.Equal(1, printed.Count(character => character == '\n'));
    }

    [Fact]
    public async Task PhotoAsArgument_IsTheSameAsByName()
    {
        using var directory = new TemporaryDirectory();
        var photo = directory.Write("photo.jpg", TestImages.Jpeg());

        Assert.Equal((await Tag("--image", photo, "--json")).Succeeds(), (await Tag(photo, "--json")).Succeeds());
        (await Tag(photo, "--image", photo)).Fails(ExitCode.Usage, "once");
    }

    [Fact]
    public async Task WithoutJson_PrintsTagsForPeople()
    {
        var run = await Tag("--title", "Mam Tor", "--explain");

        var lines = run.Succeeds().TrimEnd('\n').Split('\n');
        Assert.Matches(@"^0\.\d{4}  tag\d+ +\w", lines[0]);
        Assert.Contains("logit", lines[1], StringComparison.Ordinal);
        Assert.Contains("linear-txt", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--title T --lat 91 --lon 0", "91")]
    [InlineData("--title T --lon -1.8", "lon was given without lat")]
    [InlineData("--title T --lat NaN --lon 0", "lat")]
    [InlineData("--title T --grid-reference ZZ99", "ZZ")]
    [InlineData("--title T --lat 53 --lon -1 --grid-reference TQ3080", "TQ 30 80")]
    [InlineData("--title T --head nothing", "linear-img")]
    [InlineData("--title T --head linear-img", "image")]
    [InlineData("--title T --threshold 1.5", "between 0 and 1")]
    [InlineData("--lat 53 --lon -1", "image or a title")]
    [InlineData("", "image or a title")]
    public async Task ValueThatMakesNoSense_IsUsage(string line, string says) =>
        (await Tag(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Fails(ExitCode.Usage, says);

    [Fact]
    public async Task PhotoThatIsNone_IsAFailedItem()
    {
        using var directory = new TemporaryDirectory();
        var jpeg = TestImages.Jpeg();
        (string Name, byte[] Content)[] photos =
        [
            ("note.jpg", "not a photo"u8.ToArray()),
            ("empty.jpg", []),
            ("half.jpg", jpeg[..(jpeg.Length / 2)]),
            ("huge.png", TestImages.PngClaiming(60_000, 60_000)),
        ];

        foreach (var (name, content) in photos)
        {
            (await Tag("--image", directory.Write(name, content), "--title", "T", "--json")).Fails(ExitCode.ItemsFailed, name);
        }

        (await Tag("--image", directory.PathOf("missing.jpg"))).Fails(ExitCode.ItemsFailed, "missing.jpg");
    }

    [Fact]
    public async Task BundleThatIsNone_IsTheEnvironment()
    {
        using var directory = new TemporaryDirectory();

        (await GeotagRun.Of("tag", "--title", "T", "--bundle", directory.Root)).Fails(ExitCode.Environment, "bundle.json");
    }

    [Fact]
    public async Task WithoutABundle_TheServicesOwnChoiceCounts()
    {
        const string Variable = "GeoTag__Bundle";
        var before = Environment.GetEnvironmentVariable(Variable);
        try
        {
            Environment.SetEnvironmentVariable(Variable, model.Bundle);
            Assert.Equal(
                (await Tag("--title", "Mam Tor", "--json")).Succeeds(),
                (await GeotagRun.Of("tag", "--title", "Mam Tor", "--json")).Succeeds()
            );

            Environment.SetEnvironmentVariable(Variable, Path.Combine(model.Bundle, "nowhere"));
            (await GeotagRun.Of("tag", "--title", "Mam Tor", "--json")).Fails(ExitCode.Environment, "nowhere");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }

    private Task<GeotagRun> Tag(params string[] rest) => GeotagRun.Of(["tag", "--bundle", model.Bundle, .. rest]);
}
