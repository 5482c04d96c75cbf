using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Several photos, folders and lists on one command line, and a list on standard input.</summary>
public sealed class SeveralInputsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TinyModel _model;

    public SeveralInputsTests(TinyModel model)
    {
        _model = model;
        Directory.CreateDirectory(_directory.PathOf("photos", "deep"));
        foreach (var name in new[] { "a.jpg", "photos/b.jpg", "photos/deep/c.jpg" })
        {
            _directory.Write(name, TestImages.Jpeg());
        }

        _directory.Write("photos/note.txt", "no photo"u8.ToArray());
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task PhotosFoldersAndPatterns_AreOneList_AndEachPhotoIsInItOnce()
    {
        string[] given = [_directory.PathOf("photos"), _directory.PathOf("a.jpg"), _directory.PathOf("photos", "deep") + "/*.jpg"];
        (await Tag("out.csv", given)).Succeeds();

        Assert.Equal(new[] { "a.jpg", "photos/b.jpg", "photos/deep/c.jpg" }.Select(name => _directory.PathOf(name)), Column("out.csv", 0));
        Assert.Equal(Column("out.csv", 0), Column("out.csv", 1));
    }

    /// <summary>A link that leads back made 1,394 items of 34 photos, 41 folders deep.</summary>
    [Fact]
    public async Task LinksToFolders_AreFollowedOutOfTheFolderAlone()
    {
        Directory.CreateDirectory(_directory.PathOf("elsewhere"));
        _directory.Write("elsewhere/d.jpg", TestImages.Jpeg());
        Directory.CreateSymbolicLink(_directory.PathOf("photos", "loop"), ".");
        Directory.CreateSymbolicLink(_directory.PathOf("photos", "deep", "up"), "../..");
        Directory.CreateSymbolicLink(_directory.PathOf("photos", "same"), "deep");
        Directory.CreateSymbolicLink(_directory.PathOf("photos", "out"), _directory.PathOf("elsewhere"));
        Directory.CreateSymbolicLink(_directory.PathOf("elsewhere", "back"), _directory.PathOf("photos"));

        var run = await Tag("out.csv", _directory.PathOf("photos"));
        run.Succeeds();

        Assert.Equal(["b.jpg", "deep/c.jpg", "out/d.jpg"], Column("out.csv", 0));
        Assert.Contains("links to folders that are in the list already were not followed", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherFilesAmongSeveral_AreLeftOutAndCounted()
    {
        var run = await Tag("out.csv", _directory.PathOf("a.jpg"), _directory.PathOf("photos/note.txt"));
        run.Succeeds();

        Assert.Equal([_directory.PathOf("a.jpg")], Column("out.csv", 0));
        Assert.Contains("1 .txt", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressThatIsNotRead_IsSaidToBeOne()
    {
        _directory.Write("list.csv", "id,image\n1,ftp://127.0.0.1/x.jpg\n"u8.ToArray());
        await Tag("out.csv", "--input", _directory.PathOf("list.csv"));

        Assert.Contains("'ftp' is not read", File.ReadAllText(_directory.PathOf("out.csv.errors.ndjson")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderAsArgument_IsTheSameAsByOption()
    {
        (await Tag("argument.csv", _directory.PathOf("photos"))).Succeeds();
        (await Tag("option.csv", "--input", _directory.PathOf("photos"))).Succeeds();

        Assert.Equal(["b.jpg", "deep/c.jpg"], Column("argument.csv", 0));
        Assert.Equal(File.ReadAllText(_directory.PathOf("option.csv")), File.ReadAllText(_directory.PathOf("argument.csv")));
    }

    [Fact]
    public async Task PhotosThatAShellNames_AreAsAFolder_AndMoreOfThemAreAnUpdate()
    {
        var (a, b, gone) = (_directory.PathOf("a.jpg"), _directory.PathOf("photos/b.jpg"), _directory.PathOf("gone.jpg"));
        (await Tag("out.csv", a, gone)).Succeeds();
        Assert.Contains("There is no such file", File.ReadAllText(_directory.PathOf("out.csv.errors.ndjson")), StringComparison.Ordinal);

        var more = await Tag("out.csv", a, b);
        more.Succeeds();
        Assert.Contains("1 photo is new", more.Error, StringComparison.Ordinal);
        (await Tag("out.csv", a, b, "--update")).Succeeds();
        Assert.Equal([a, b], Column("out.csv", 0));
    }

    [Fact]
    public async Task WithoutAnOutput_TagsArePrinted()
    {
        var people = (await GeotagRun.Of("tag", "--bundle", _model.Bundle, _directory.PathOf("photos"))).Succeeds();
        Assert.Equal(["b.jpg", "deep/c.jpg"], people.Split('\n').Where(line => line.EndsWith(".jpg", StringComparison.Ordinal)));

        _directory.Write("broken.jpg", "no photo"u8.ToArray());
        var run = await GeotagRun.Of(
            "tag",
            "--bundle",
            _model.Bundle,
            "--json",
            _directory.PathOf("broken.jpg"),
            _directory.PathOf("a.jpg")
        );
        var lines = run.Output.TrimEnd().Split('\n').Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Equal(2, lines.Count);
        Assert.True(lines[0].GetProperty("result").GetProperty("probabilities").EnumerateObject().Any());
        Assert.Equal("unsupported-media", lines[1].GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("broken.jpg", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_AreReadOneAfterTheOther_EachWithItsOwnPhotos()
    {
        var one = List("one.csv", "id,image\n1,a.jpg\n");
        var two = List("photos/two.ndjson", "{\"image\":\"b.jpg\"}\n{\"title\":\"Tor\"}\n");

        (await Tag("out.csv", one, two)).Succeeds();

        Assert.Equal(["1", "1", "2"], Column("out.csv", 0));
        Assert.Equal(["a.jpg", "b.jpg", ""], Column("out.csv", 1));
        (await Tag("mixed.csv", one, _directory.PathOf("a.jpg"))).Fails(ExitCode.Usage, "runs of their own");
        (await Tag("none.csv", _directory.PathOf("*.tsv"))).Fails(ExitCode.Usage, "no such lists");
        (await GeotagRun.Of("tag", one, two)).Fails(ExitCode.Usage, "--output FILE");
        (await Tag("what.csv", _directory.PathOf("photos", "note.txt"))).Fails(ExitCode.Usage, "neither a photo nor a list");
    }

    [Fact]
    public async Task ListOnStandardInput_IsKeptForTheSameCommand()
    {
        var output = _directory.PathOf("out.csv");
        string[] command = ["tag", "--bundle", _model.Bundle, "-", "--output", output];
        using (var first = GeotagProcess.StartWith("id,title\n1,Tor\n2,Moor\n", command))
        {
            Assert.Equal(0, (await first.ExitAsync()).ExitCode);
        }

        Assert.Equal(["1", "2"], Column("out.csv", 0));
        using (var quiet = GeotagProcess.StartWith("", command))
        {
            Assert.Contains("nothing is pending: 2 done", (await quiet.ExitAsync()).Error, StringComparison.Ordinal);
        }

        using (var other = GeotagProcess.StartWith("id,title\n3,Lock\n", command))
        {
            Assert.Contains("not the list that was begun with", (await other.ExitAsync()).Error, StringComparison.Ordinal);
        }

        using (var update = GeotagProcess.StartWith("id,title\n2,Moor\n3,Lock\n", [.. command, "--update"]))
        {
            Assert.Contains("1 row is gone from the list (1)", (await update.ExitAsync()).Error, StringComparison.Ordinal);
        }

        Assert.Equal(["2", "3"], Column("out.csv", 0));
    }

    [Theory]
    [InlineData("id,title\n1,x.jpg\n", ".csv")]
    [InlineData("id\ttitle\n1\tTor\n", ".tsv")]
    [InlineData("\uFEFF\n{\"title\":\"Tor\"}\n", ".ndjson")]
    [InlineData("photos/a b.jpg\r\nphotos/b.PNG\n", ".ndjson")]
    [InlineData("https://example.org/1?size=large\n", ".ndjson")]
    public void WhatAListOnStandardInputIs_IsSeenByItsBeginning(string text, string ending)
    {
        var kept = SpooledList.Keep(new MemoryStream(Encoding.UTF8.GetBytes(text)), _directory.PathOf("kept"), mayReplace: true);

        Assert.Equal(ending, Path.GetExtension(kept));
        using var list = ListInputs.Open([kept], ListColumns.Parse([]), null);
        Assert.NotEmpty(list.Read());
        Assert.Single(Directory.GetFiles(_directory.Root, "kept*"));
    }

    [Theory]
    [InlineData("list.tar", ".tar")]
    [InlineData("list.tar.gz", ".gz")]
    public void TarOnStandardInput_IsSeenByItsBeginning(string name, string ending)
    {
        DrawnTar.Write(_directory.PathOf(name), TarEntryFormat.Pax, DrawnTar.Member("1.txt", "Tor"));
        using var tar = File.OpenRead(_directory.PathOf(name));

        var kept = SpooledList.Keep(tar, _directory.PathOf("kept"), mayReplace: true);

        Assert.Equal(ending, Path.GetExtension(kept));
        using var list = ListInputs.Open([kept], ListColumns.Parse([]), null);
        Assert.Equal("Tor", Assert.Single(list.Read()).Title);
    }

    [Fact]
    public void NothingOnStandardInput_IsToldWhereNothingIsKept() =>
        Assert.Throws<RunFailureException>(() => SpooledList.Keep(Stream.Null, _directory.PathOf("kept"), mayReplace: true));

    private string List(string name, string text)
    {
        File.WriteAllText(_directory.PathOf(name), text);
        return _directory.PathOf(name);
    }

    private IEnumerable<string> Column(string name, int column) =>
        File.ReadLines(_directory.PathOf(name)).Skip(1).Select(line => line.Split(',')[column]);

    private Task<GeotagRun> Tag(string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", _model.Bundle, "--output", _directory.PathOf(output), .. rest]);
}
