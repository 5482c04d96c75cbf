using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Tests.Execution;

public sealed class UsageTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("models --help")]
    [InlineData("models build --help")]
    [InlineData("tag --help")]
    [InlineData("inspect tokens --help")]
    [InlineData("--version")]
    public async Task Help_IsDataAndSucceeds(string line) => Assert.NotEmpty((await GeotagRun.Of(line.Split(' '))).Succeeds());

    [Theory]
    [InlineData("", "geotag --help")]
    [InlineData("models", "geotag models --help")]
    [InlineData("inspect", "geotag inspect --help")]
    [InlineData("bogus", "bogus")]
    [InlineData("tag --bogus", "--bogus")]
    [InlineData("tag --lat north", "north")]
    [InlineData("models build", "--clip")]
    [InlineData("inspect pixels a.jpg", "--output")]
    [InlineData("inspect pixels --output a.npy", "argument missing")]
    [InlineData("inspect pixels --bogus --output a.npy", "--bogus")]
    public async Task WrongForm_IsUsage(string line, string says) =>
        (await GeotagRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Fails(ExitCode.Usage, says);

    [Theory]
    [InlineData("trian", "'trian' is not known here; did you mean train?")]
    [InlineData("models biuld", "did you mean build?")]
    [InlineData("train --embedding x", "'--embedding' is not known here; did you mean --embeddings?")]
    [InlineData("train --epoch 3", "did you mean --epochs?")]
    [InlineData("evaluate --heads x --htlm=report.html", "did you mean --html?")]
    [InlineData("embed --photos a --metadata b --output c --precision fp8", "--precision takes Fp16 or Fp32, not 'fp8'")]
    [InlineData("train --epochs many", "--epochs takes a whole number, not 'many'")]
    [InlineData("tag --lat north", "--lat takes a number, not 'north'")]
    [InlineData("tag --title Canal --lat 52.5 --lon -0,98", "--lon takes a number with a point, not '-0,98'")]
    [InlineData("tag --title Canal --lat 5,25 --lon 0", "--lat takes a number with a point, not '5,25'")]
    [InlineData("tag --title Canal --threshold 0,5", "--threshold takes a number with a point, not '0,5'")]
    [InlineData("train --learning-rate 1,5", "--learning-rate takes a number with a point, not '1,5'")]
    [InlineData("places train --place-strength 1,5", "--place-strength takes a number with a point, not '1,5'")]
    public async Task MistypedName_IsAnsweredWithTheNearest(string line, string says)
    {
        var run = await GeotagRun.Of(line.Split(' '));

        run.Fails(ExitCode.Usage, says);
        Assert.All(run.Error.TrimEnd().Split('\n'), said => Assert.StartsWith("geotag: ", said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task NameLikeNoOther_IsAnsweredWithoutAGuess()
    {
        var run = await GeotagRun.Of(["tag", "--wavelength", "7"]);

        run.Fails(ExitCode.Usage, "'--wavelength' is not known here");
        Assert.DoesNotContain("did you mean", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--")]
    [InlineData("-h")]
    [InlineData("/?")]
    [InlineData("@home")]
    [InlineData("=")]
    [InlineData("a=b")]
    [InlineData("[suggest]")]
    [InlineData("--title")]
    public void AnyText_IsAValueAndNoOption(string title)
    {
        var parsed = Program.CreateTree().Parse(FreeText.Bind(["tag", "--title", title, "--lat", "-1.5"]));

        Assert.Empty(parsed.Errors);
        Assert.Equal(title, parsed.GetValue<string?>("--title"));
        Assert.Equal(-1.5, parsed.GetValue<double?>("--lat"));
    }

    [Fact]
    public void EmptyText_IsAValue()
    {
        var parsed = Program.CreateTree().Parse(FreeText.Bind(["tag", "--title", "", "--head", "auto"]));

        Assert.Empty(parsed.Errors);
        Assert.Equal(string.Empty, parsed.GetValue<string?>("--title"));
    }

    [Fact]
    public async Task Interrupted_EndsAsShellsExpect()
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        using var error = new StringWriter();

        var code = await CommandRunner.RunAsync(["tag", "--title", "Mam Tor"], TextWriter.Null, error, stopped.Token);

        Assert.Equal(ExitCode.Interrupted, code);
    }
}
