using System.Text;
using System.Text.Json;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Archives and lists as people have them: whatever is left out is named, and nothing is taken for what it is not.</summary>
public sealed class MessyListTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void FolderThatMayNotBeRead_IsNamed_AndTheOthersAreListed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("permissions of Unix");
            return;
        }

        Photo("open/a.jpg");
        Photo("shut/b.jpg");
        File.SetUnixFileMode(_directory.PathOf("shut"), UnixFileMode.None);
        try
        {
            Assert.SkipWhen(Directory.Exists(_directory.PathOf("shut/.")), "whoever runs this may read everything");
            using var found = Assert.IsType<PhotoFolder>(ListInputs.Open([_directory.Root], ListColumns.Parse([]), null));
            using var matched = Assert.IsType<PhotoFolder>(ListInputs.Open([_directory.Root + "/**/*.jpg"], ListColumns.Parse([]), null));
            Assert.All(
                [found, matched],
                list =>
                {
                    Assert.Equal("open/a.jpg", Assert.Single(list.Photos).Name);
                    Assert.Equal(1, list.Unreadable);
                    Assert.Contains("shut (no permission)", list.Note, StringComparison.Ordinal);
                }
            );
        }
        finally
        {
            File.SetUnixFileMode(_directory.PathOf("shut"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void FolderThatCannotBeListed_IsNamedByItsFault()
    {
        // A name that no file system takes fails for every user.
        var walk = new FolderWalk(_directory.PathOf(new string('x', 300)), "");
        Assert.Empty(walk.Files());
        Assert.Single(walk.Unreadable);
    }

    [Theory]
    [InlineData("*.jpg", "a.jpg")]
    [InlineData("*/*.jpg", "one/b.jpg")]
    [InlineData("**/*.jpg", "a.jpg one/b.jpg one/two/c.jpg")]
    [InlineData("one/**/*.jpg", "b.jpg two/c.jpg")]
    public void Patterns_FindWhatTheyMean(string pattern, string names)
    {
        Photo("a.jpg");
        Photo("one/b.jpg");
        Photo("one/two/c.jpg");
        Photo("one/two/c.txt");
        using var found = Assert.IsType<PhotoFolder>(ListInputs.Open([_directory.PathOf(pattern)], ListColumns.Parse([]), null));
        Assert.Equal(names.Split(' '), found.Photos.Select(photo => photo.Name));
    }

    [Fact]
    public async Task NothingTagged_IsSaid_AndAListThatNobodyCanReadIsAFault()
    {
        Photo("photos/a.jpg", "no photo");
        Photo("photos/b.jpg", "");
        var photos = await Tag(_directory.PathOf("photos"), "out.csv");
        photos.Succeeds();
        Assert.Contains("none of 2 items could be tagged; the first, a.jpg: ", photos.Error, StringComparison.Ordinal);
        Assert.Contains("none of 2 items", (await Tag(_directory.PathOf("photos"), "out.csv")).Error, StringComparison.Ordinal);

        (await Tag(Text("list.ndjson", "{\"caption\":\"Moor\"}\n{\"caption\":\"Tor\"}\n"), "out.ndjson")).Fails(
            ExitCode.Usage,
            "none of 2 items",
            "--column"
        );
        (await Tag(Text("half.ndjson", "{\"caption\":\"Moor\"}\n{\"title\":\"Tor\"}\n"), "half.csv")).Succeeds();
    }

    [Theory]
    [InlineData("id;title\n1;Lock, canal\n2;Moor\n", "';'")]
    [InlineData("sep=;\r\nid;title\r\n1;Lock, canal\r\n2;Moor\r\n", "';'")]
    [InlineData("\uFEFFid\ttitle\n1\tLock, canal\n2\tMoor\n", "tabs")]
    [InlineData("id|title\n1|Lock, canal\n2|Moor\n", "'|'")]
    public async Task OtherSeparators_AreTaken_AndTold(string list, string told)
    {
        var run = await Tag(Text("list.csv", list), "out.csv");
        run.Succeeds();
        Assert.Contains("2 items: 2 done", run.Error, StringComparison.Ordinal);
        Assert.Contains($"is separated by {told}", run.Error, StringComparison.Ordinal);
        Assert.StartsWith("1,,\"Lock, canal\",", File.ReadLines(_directory.PathOf("out.csv")).ElementAt(1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommasComeFirst_AndOneColumnIsNoOther()
    {
        (await Tag(Text("commas.csv", "title,note;s\nMoor,x\n"), "out.csv")).Succeeds();
        (await Tag(Text("none.csv", "id;caption\n1;Moor\n"), "none.out.csv")).Fails(ExitCode.Usage, "has no column");
    }

    [Theory]
    [InlineData("list.csv")]
    [InlineData("list.ndjson")]
    public async Task Utf16_IsRefusedByName(string name)
    {
        var path = _directory.Write(name, [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("id,title\n1,Moor\n")]);
        (await Tag(path, "out.csv")).Fails(ExitCode.Usage, "is UTF-16");
    }

    [Theory]
    [InlineData("a.jpg  \r\n\"b c.jpg\"\n\n\tü.jpg\n", "a.jpg|b c.jpg|ü.jpg")]
    [InlineData("new\nline.jpg\0 blank .jpg \0\"q\".jpg\0", "new\nline.jpg| blank .jpg |\"q\".jpg")]
    [InlineData("one.jpg", "one.jpg")]
    public void NamesOnStandardInput_AreWhatWasMeant(string input, string names)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(input));
        var kept = SpooledList.Keep(stream, _directory.PathOf("stdin"), mayReplace: true);
        Assert.Equal(names.Split('|'), File.ReadLines(kept).Select(line => JsonElement.Parse(line).GetProperty("image").GetString()));
    }

    [Fact]
    public async Task FinishedRun_LeavesItsOutputAlone_AndIsKnownStill()
    {
        Photo("photos/a.jpg");
        Photo("photos/b.jpg");
        (await Tag(_directory.PathOf("photos"), "out.csv")).Succeeds();
        Assert.Equal(["out.csv", "out.csv.about.json"], Directory.GetFiles(_directory.Root).Select(Path.GetFileName).Order());

        Assert.Contains("nothing is pending", (await Tag(_directory.PathOf("photos"), "out.csv")).Error, StringComparison.Ordinal);
        Photo("photos/c.jpg", "no photo");
        var update = await Tag(_directory.PathOf("photos"), "out.csv", "--update");
        Assert.Contains("2 done, 1 rejected", update.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_directory.PathOf("out.csv.errors.ndjson")));
        File.Delete(_directory.PathOf("photos/c.jpg"));
        (await Tag(_directory.PathOf("photos"), "out.csv", "--update")).Succeeds();
        Assert.Equal(["out.csv", "out.csv.about.json"], Directory.GetFiles(_directory.Root).Select(Path.GetFileName).Order());
        Assert.DoesNotContain(
            Directory.GetFiles(_directory.PathOf(RunPaths.StateDirectory)),
            file => file.Contains("lease", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task PipeAmongPhotos_IsRejected_AndNobodyWaitsForIt()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo"), "mkfifo is not here");
        Photo("photos/a.jpg");
        using (var make = System.Diagnostics.Process.Start("/usr/bin/mkfifo", [_directory.PathOf("photos/b.jpg")]))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Photo("photos/c.jpg", "");
        var run = await Tag(_directory.PathOf("photos"), "out.csv");
        run.Succeeds();
        Assert.Contains("1 done, 2 rejected", run.Error, StringComparison.Ordinal);
        Assert.Contains("no plain file", File.ReadAllText(_directory.PathOf("out.csv.errors.ndjson")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NamesAfterTwoDashes_AreNames()
    {
        Photo("-a.jpg");
        var here = Path.GetRelativePath(".", _directory.Root);
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--", Path.Combine(here, "-a.jpg"))).Succeeds();
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--", "-b.jpg")).Fails(ExitCode.ItemsFailed, "-b.jpg: There is no such file");
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "-b.jpg")).Fails(ExitCode.Usage, "is not known here");
    }

    [Fact]
    public async Task FaultWithinATar_NamesTheMember()
    {
        var photos = new FilePhotos(item => item.Image!, maxBytes: 10);
        var item = new ListItem
        {
            Position = 0,
            Id = "7",
            Image = "shard/7.jpg",
            Span = new PhotoSpan(_directory.Write("a.tar", new byte[1024]), 512, 100, 0),
        };
        var outcome = await photos.ReadAsync(item, TestContext.Current.CancellationToken);
        Assert.Contains("a.tar/shard/7.jpg: ", outcome.Fault!.Detail, StringComparison.Ordinal);
    }

    private void Photo(string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.PathOf(name))!);
        _directory.Write(name, TestImages.Jpeg(48, 40));
    }

    private void Photo(string name, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory.PathOf(name))!);
        _directory.Write(name, Encoding.UTF8.GetBytes(content));
    }

    private string Text(string name, string content) => _directory.Write(name, Encoding.UTF8.GetBytes(content));

    private Task<GeotagRun> Tag(string input, string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--input", input, "--output", _directory.PathOf(output), .. rest]);

    [Theory]
    [InlineData("out.csv", "out.csv", "cannot go into one file")]
    [InlineData("out.csv", "list.csv", "this is what is read")]
    public async Task FilesThatWouldBeWrittenOver_AreRefused(string output, string errors, string message)
    {
        var list = _directory.PathOf("list.csv");
        await File.WriteAllTextAsync(list, "id,title\n1,Canal\n", TestContext.Current.CancellationToken);

        var run = await GeotagRun.Of(
            "tag",
            "--bundle",
            model.Bundle,
            "--input",
            list,
            "--output",
            _directory.PathOf(output),
            "--errors",
            _directory.PathOf(errors)
        );

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Equal("id,title\n1,Canal\n", await File.ReadAllTextAsync(list, TestContext.Current.CancellationToken));
    }
}
