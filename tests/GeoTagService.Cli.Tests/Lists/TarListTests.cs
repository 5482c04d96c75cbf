using System.Formats.Tar;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;
using static GeoTagService.Cli.Tests.Lists.DrawnTar;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Photos in tars, as data sets of photos come.</summary>
public sealed class TarListTests(TinyModel model) : IDisposable
{
    private static readonly string LongName = string.Join('/', Enumerable.Repeat("a folder with a long name", 8)) + "/photo";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("shard.tar", TarEntryFormat.Pax)]
    [InlineData("shard.tar", TarEntryFormat.Gnu)]
    [InlineData("shard.tar", TarEntryFormat.Ustar)]
    [InlineData("shard.tar", TarEntryFormat.V7)]
    [InlineData("shard.tgz", TarEntryFormat.Pax)]
    [InlineData("shard.tar.gz", TarEntryFormat.Gnu)]
    public async Task Members_AreItemsInTheirOrder_WithTheirFields(string name, TarEntryFormat format)
    {
        var photo = TestImages.Jpeg();
        Write(
            _directory.PathOf(name),
            format,
            Member("2.jpg", photo),
            Member("2.json", """{"title":"Mam Tor","lat":53.35,"lon":-1.81,"other":[1]}"""),
            Member("./1.txt", "Canal lock\n"),
            Member("./1.png", TestImages.Jpeg(seed: 3)),
            Member("x/3.WebP", "no photo"),
            Member("4.txt", "A title alone"),
            Member("empty.jpg", ""),
            Member("README.md", "what this is"),
            Member(format is TarEntryFormat.Pax or TarEntryFormat.Gnu ? LongName + ".jpeg" : "long/photo.jpeg", photo),
            Member("7.json", """{"gridReference":"SK 1283"}"""),
            Member("8.jpg", photo),
            Member("8.json", "[]")
        );

        var run = await Tag("out.csv", _directory.PathOf(name));

        run.Succeeds();
        Assert.Equal(["2", "1", "4", format is TarEntryFormat.Pax or TarEntryFormat.Gnu ? LongName : "long/photo"], Column("out.csv", 0));
        Assert.StartsWith("2,2.jpg,Mam Tor,53.35,-1.81,SK 1", Lines("out.csv")[0], StringComparison.Ordinal);
        Assert.StartsWith("1,1.png,Canal lock,", Lines("out.csv")[1], StringComparison.Ordinal);
        Assert.Equal(
            [("x/3", "unsupported-media"), ("empty", "invalid-image"), ("7", "missing-input"), ("8", "malformed")],
            Faults("out.csv").Select(fault => (fault.GetProperty("id").GetString(), fault.GetProperty("code").GetString()))
        );
        Assert.Contains("1 member left out, because they are neither", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tar_GivesWhatItsFolderGives()
    {
        Directory.CreateDirectory(_directory.PathOf("photos"));
        foreach (var i in Enumerable.Range(0, 6))
        {
            _directory.Write($"photos/{i}.jpg", TestImages.Jpeg(80 + i, 60, seed: i));
        }

        TarFile.CreateFromDirectory(_directory.PathOf("photos"), _directory.PathOf("photos.tar"), includeBaseDirectory: false);
        (await Tag("folder.ndjson", _directory.PathOf("photos"), "--probabilities")).Succeeds();
        (await Tag("tar.ndjson", _directory.PathOf("photos.tar"), "--probabilities")).Succeeds();

        Dictionary<string, string> Scores(string output) =>
            File.ReadLines(_directory.PathOf(output))
                .Select(line => JsonElement.Parse(line))
                .ToDictionary(row => row.GetProperty("image").GetString()!, row => row.GetProperty("probabilities").ToString());
        Assert.Equal(Scores("folder.ndjson").OrderBy(row => row.Key), Scores("tar.ndjson").OrderBy(row => row.Key));
    }

    [Fact]
    public async Task Shards_AreReadInTheOrderOfTheirNames()
    {
        foreach (var shard in new[] { "000", "001", "010" })
        {
            Write(
                _directory.PathOf($"{shard}.tar"),
                TarEntryFormat.Ustar,
                Member($"{shard}-b.jpg", TestImages.Jpeg()),
                Member($"{shard}-a.jpg", TestImages.Jpeg())
            );
        }

        (await Tag("out.csv", _directory.PathOf("*.tar"))).Succeeds();

        Assert.Equal(["000-b", "000-a", "001-b", "001-a", "010-b", "010-a"], Column("out.csv", 0));
    }

    [Theory]
    [InlineData("whole.tar")]
    [InlineData("whole.tar.gz")]
    public void AnyItem_CanBeBegunWith(string name)
    {
        var members = Enumerable
            .Range(0, 20)
            .SelectMany(i =>
                new[]
                {
                    Member($"{LongName[..(i * 10)]}{i}.jpg", new byte[i * 100]),
                    Member($"{LongName[..(i * 10)]}{i}.txt", $"Title {i}"),
                }
            );
        Write(_directory.PathOf(name), TarEntryFormat.Pax, [.. members, Member("note.md", "left out"), Member("last.jpg", new byte[513])]);
        using var list = Open(name);
        var all = new List<(ListBookmark At, Bulk.ListItem Item)>();
        foreach (var item in list.Read())
        {
            all.Add((list.Bookmark, item));
        }

        Assert.Equal(21, all.Count);
        for (var i = 0; i < all.Count; i++)
        {
            using var again = Open(name);
            Assert.Equal(
                all.Skip(i).Select(pair => (pair.Item.Position, pair.Item.Id, pair.Item.Title, pair.Item.Span)),
                again.Read(all[i].At).Select(item => (item.Position, item.Id, item.Title, item.Span))
            );
        }
    }

    [Fact]
    public async Task TarThatIsCut_LosesNothingBeforeTheCut_AndSaysSo()
    {
        Write(
            _directory.PathOf("whole.tar"),
            TarEntryFormat.Ustar,
            [.. Enumerable.Range(0, 4).Select(i => Member($"{i}.jpg", TestImages.Jpeg()))]
        );
        var whole = File.ReadAllBytes(_directory.PathOf("whole.tar"));
        using (var list = Open("whole.tar"))
        {
            var third = list.Read().ElementAt(2).Span!;
            File.WriteAllBytes(_directory.PathOf("cut.tar"), whole[..(int)(third.Offset + (third.Length / 2))]);
            File.WriteAllBytes(
                _directory.PathOf("garbled.tar"),
                [.. whole[..((int)third.Offset - 512)], .. Enumerable.Repeat((byte)'?', 2048)]
            );
        }

        foreach (var name in new[] { "cut", "garbled" })
        {
            (await Tag(name + ".csv", _directory.PathOf(name + ".tar"))).Succeeds();
            Assert.Equal(["0", "1"], Column(name + ".csv", 0));
            Assert.NotEmpty(Faults(name + ".csv"));
        }

        File.WriteAllText(_directory.PathOf("none.tar"), new string('?', 5000));
        (await Tag("none.csv", _directory.PathOf("none.tar"))).Fails(ExitCode.Usage, "is no tar that can be read");
    }

    [Fact]
    public async Task MembersThatLieApart_AreTold()
    {
        Write(
            _directory.PathOf("apart.tar"),
            TarEntryFormat.Ustar,
            Member("a.jpg", TestImages.Jpeg()),
            Member("b.jpg", TestImages.Jpeg()),
            Member("a.txt", "Title of a")
        );

        (await Tag("out.csv", _directory.PathOf("apart.tar"))).Succeeds();

        Assert.Equal(["a", "b"], Column("out.csv", 0));
        Assert.Contains("--sort=name", Assert.Single(Faults("out.csv")).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_TagsWhatIsNewOrChanged()
    {
        void Shard(params (string Name, byte[] Content)[] photos) =>
            Write(_directory.PathOf("shard.tar"), TarEntryFormat.Ustar, [.. photos.Select(photo => Member(photo.Name, photo.Content))]);
        Shard(("a.jpg", TestImages.Jpeg()), ("b.jpg", TestImages.Jpeg()), ("c.jpg", TestImages.Jpeg()));
        (await Tag("out.csv", _directory.PathOf("shard.tar"))).Succeeds();
        Shard(("a.jpg", TestImages.Jpeg()), ("c.jpg", TestImages.Jpeg(seed: 5)), ("d.jpg", TestImages.Jpeg()));

        (await Tag("out.csv", _directory.PathOf("shard.tar"))).Fails(ExitCode.Usage, "--update");
        var update = await Tag("out.csv", _directory.PathOf("shard.tar"), "--update");

        update.Succeeds();
        Assert.Contains("1 row is gone from the list (b)", update.Error, StringComparison.Ordinal);
        Assert.Contains("3 done, 0 rejected, 1 of them as before", update.Error, StringComparison.Ordinal);
        Assert.Equal(["a", "c", "d"], Column("out.csv", 0));
    }

    private ListSource Open(string name) => ListInputs.Open([_directory.PathOf(name)], ListColumns.Parse([]), null);

    private string[] Lines(string name) => [.. File.ReadLines(_directory.PathOf(name)).Skip(1)];

    private IEnumerable<string> Column(string name, int column) => Lines(name).Select(line => line.Split(',')[column]);

    private List<JsonElement> Faults(string output) =>
        [.. File.ReadLines(_directory.PathOf(output + ".errors.ndjson")).Select(line => JsonElement.Parse(line))];

    private Task<GeotagRun> Tag(string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--output", _directory.PathOf(output), .. rest]);
}
