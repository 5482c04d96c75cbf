using System.Diagnostics;
using System.Text;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Names as people give them: each photo is tagged, or told by a sentence that says what to do.</summary>
public sealed class OddNamesTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task EveryName_IsTaggedUnderItsOwn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "names that Windows does not take");
        string[] names =
        [
            "-dash.jpg",
            "--output.jpg",
            " blank.jpg",
            "back\\slash.jpg",
            "a*b?.jpg",
            "[1]{x}.JPG",
            "quote\"d.jpg",
            "new\nline.jpg",
            "tab\t.jpg",
            "esc\u001b[31m.jpg",
            "ümläut/straße.jpg",
            "日本/🏔️.jpg",
            "e\u0301.jpg",
            "comma, and; semi.jpg",
            "%41#hash$HOME`id`.jpg",
            new string('x', 250) + ".jpg",
            string.Join('/', Enumerable.Repeat(new string('d', 40), 8)) + "/deep.jpg",
            "directory.jpg/inner.jpg",
        ];
        foreach (var name in names)
        {
            Photo("photos/" + name);
        }

        var run = await Tag("photos", "out.ndjson");

        run.Succeeds();
        Assert.Contains($"{names.Length} items: {names.Length} done, 0 rejected", run.Error, StringComparison.Ordinal);
        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            File.ReadLines(_directory.PathOf("out.ndjson")).Select(line => JsonElement.Parse(line).GetProperty("image").GetString())
        );
    }

    [Fact]
    public async Task NamesThatAreNotUtf8_AreToldWithWhatToDo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/bin/sh"), "names are bytes on Linux alone");
        Photo("photos/a.jpg");
        await ShellAsync(
            "cd \"$0/photos\" && cp a.jpg \"$(printf 'b\\351.jpg')\" && d=\"$(printf 'c\\377')\" && mkdir \"$d\" && cp a.jpg \"$d/d.jpg\""
        );

        var run = await Tag("photos", "out.csv");
        await ShellAsync("rm -r \"$0/photos\"");

        run.Succeeds();
        Assert.Contains(
            "1 folder could not be looked into, photos there are not in the list: c\uFFFD (its name is not UTF-8",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("2 items: 1 done, 1 rejected", run.Error, StringComparison.Ordinal);
        Assert.Contains("its name is not UTF-8: rename it", Faults("out.csv").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LinksThatLeadNowhere_SayWhere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        Photo("photos/a.jpg");
        File.CreateSymbolicLink(_directory.PathOf("photos/dangling.jpg"), "nowhere.jpg");
        File.CreateSymbolicLink(_directory.PathOf("photos/loop.jpg"), "loop.jpg");
        File.CreateSymbolicLink(_directory.PathOf("photos/same.jpg"), "a.jpg");

        var run = await Tag("photos", "out.csv");

        run.Succeeds();
        Assert.Contains("2 done, 2 rejected", run.Error, StringComparison.Ordinal);
        Assert.Collection(
            Faults("out.csv"),
            fault =>
                Assert.EndsWith("dangling.jpg: This is a link to nowhere.jpg, where there is no file.", fault, StringComparison.Ordinal),
            fault => Assert.EndsWith("loop.jpg: This is a link to loop.jpg, where there is no file.", fault, StringComparison.Ordinal)
        );

        // Neither is tried again for ever.
        Assert.Contains("nothing is pending", (await Tag("photos", "out.csv")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sub\\\\a.jpg", "backslashes")]
    [InlineData(" a.jpg ", "blanks before or behind its name")]
    [InlineData("file:///a.jpg", "'file' is not read")]
    [InlineData("ftp://host/a.jpg", "'ftp' is not read")]
    [InlineData("a\\u0000.jpg", "This is no name of a file")]
    [InlineData("none.jpg", "There is no such file.")]
    public async Task PathsThatFail_SayWhatMayBeWrong(string path, string says)
    {
        Photo("a.jpg");
        _directory.Write("list.ndjson", Encoding.UTF8.GetBytes($"{{\"image\":\"{path}\"}}\n{{\"image\":\"a.jpg\"}}\n"));

        (await Tag("list.ndjson", "out.csv")).Succeeds();

        Assert.Contains(says, Faults("out.csv").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesInMessages_MoveNoTerminal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "names that Windows does not take");
        Photo("photos/a.jpg");
        _directory.Write("photos/x.\u001b[31mred\n\u202e", [1]);
        (await Tag("photos", "out.csv")).Succeeds();
        Photo("photos/b\u001b[2J\n.jpg");
        var run = await Tag("photos", "out.csv");

        Assert.Contains("1 photo is new (b?[2J?.jpg)", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Error, letter => char.IsControl(letter) && letter is not ('\n' or '\r'));
        Assert.DoesNotContain('\u202e', run.Error);
    }

    [Theory]
    [InlineData("id,image,image\n1,a.jpg,none.jpg\n", "of several columns named image the first is used")]
    [InlineData("id,title,Title\n1,Moor,Tor\n", "of several columns named title the first is used")]
    public async Task ColumnsTwice_AreTold_AndTheFirstIsUsed(string list, string told)
    {
        Photo("a.jpg");
        _directory.Write("list.csv", Encoding.UTF8.GetBytes(list));

        var run = await Tag("list.csv", "out.csv");

        run.Succeeds();
        Assert.Contains(told, run.Error, StringComparison.Ordinal);
        Assert.Contains("1 item: 1 done", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OutputThatWasTakenAway_IsNoticed()
    {
        Photo("photos/a.jpg");
        foreach (var output in new[] { "out.csv", "out.geojson" })
        {
            (await Tag("photos", output)).Succeeds();
            File.AppendAllText(_directory.PathOf(output), "\n");
            Assert.Contains("is not as this run wrote it", (await Tag("photos", output)).Error, StringComparison.Ordinal);
            File.Delete(_directory.PathOf(output));
            (await Tag("photos", output)).Fails(ExitCode.Usage, "is gone", "--restart makes it anew");
        }

        // Parquet is made of rows that are kept.
        (await Tag("photos", "out.parquet")).Succeeds();
        var whole = File.ReadAllBytes(_directory.PathOf("out.parquet"));
        File.Delete(_directory.PathOf("out.parquet"));
        (await Tag("photos", "out.parquet")).Succeeds();
        Assert.Equal(whole, File.ReadAllBytes(_directory.PathOf("out.parquet")));
    }

    [Fact]
    public async Task ErrorsThatWereTakenAway_AreNoFault()
    {
        _directory.Write("list.csv", "image\nnone.jpg\n"u8.ToArray());
        (await Tag("list.csv", "out.csv")).Succeeds();
        File.Delete(_directory.PathOf("out.csv.errors.ndjson"));

        var run = await Tag("list.csv", "out.csv");

        run.Succeeds();
        Assert.Contains("none of 1 item could be tagged", run.Error, StringComparison.Ordinal);
    }

    private void Photo(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.PathOf(name))!);
        File.WriteAllBytes(_directory.PathOf(name), TestImages.Jpeg(48, 40));
    }

    private async Task ShellAsync(string script)
    {
        using var shell = Process.Start("/bin/sh", ["-c", script, _directory.Root]);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, shell.ExitCode);
    }

    private List<string> Faults(string output) =>
        [
            .. File.ReadLines(_directory.PathOf(output + ".errors.ndjson"))
                .Select(line => JsonElement.Parse(line).GetProperty("detail").GetString()!),
        ];

    private Task<GeotagRun> Tag(string input, string output) =>
        GeotagRun.Of("tag", "--bundle", model.Bundle, "--input", _directory.PathOf(input), "--output", _directory.PathOf(output));
}
