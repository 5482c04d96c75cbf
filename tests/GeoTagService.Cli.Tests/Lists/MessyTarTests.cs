using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;
using static GeoTagService.Cli.Tests.Lists.DrawnTar;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Tars as people have them: pairs of photos, members twice, links, holes, and packed by something else.</summary>
public sealed class MessyTarTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("pairs.tar")]
    [InlineData("pairs.tar.gz")]
    public async Task PhotosOfOneName_AreItemsOfTheirOwn(string name)
    {
        Write(
            _directory.PathOf(name),
            TarEntryFormat.Ustar,
            Member("p.jpg", TestImages.Jpeg()),
            Member("p.png", TestImages.Png(60, 40)),
            Member("p.txt", "Of the last"),
            Member("q.jpg", TestImages.Jpeg()),
            Member("q.jpg", TestImages.Jpeg(seed: 2)),
            Member("p.png", TestImages.Png(60, 40))
        );

        (await Tag("out.csv", name)).Succeeds();

        Assert.Equal(["p,p.jpg,", "p.png,p.png,Of the last", "q,q.jpg,"], Rows("out.csv", 3));
        Assert.Equal(
            ["q.jpg is in the archive twice", "p.png is in the archive twice"],
            Faults("out.csv").Select(fault => fault.GetProperty("detail").GetString()!.Split(',')[0])
        );
    }

    [Fact]
    public void RunThatGoesOn_KnowsWhatCameBefore()
    {
        Write(
            _directory.PathOf("pairs.tar"),
            TarEntryFormat.Pax,
            Member("p.txt", "Apart"),
            Member("a.jpg", TestImages.Jpeg()),
            Member("a.png", TestImages.Png(60, 40)),
            Member("a.png", TestImages.Png(60, 40)),
            Member("p.jpg", TestImages.Jpeg())
        );
        using var list = Open("pairs.tar");
        var all = new List<(ListBookmark At, string Id, string? Fault)>();
        foreach (var item in list.Read())
        {
            all.Add((list.Bookmark, item.Id, item.Fault?.Detail));
        }

        Assert.Equal(["p", "a", "a.png", "a", "p"], all.Select(item => item.Id));
        Assert.Equal([false, false, false, true, true], all.Select(item => item.Fault is not null));
        for (var i = 0; i < all.Count; i++)
        {
            using var again = Open("pairs.tar");
            Assert.Equal(
                all.Skip(i).Select(item => (item.Id, item.Fault)),
                again.Read(all[i].At).Select(item => (item.Id, item.Fault?.Detail))
            );
        }
    }

    [Fact]
    public async Task Packing_IsKnownByItsBeginning_NotByTheName()
    {
        Write(_directory.PathOf("x.tgz"), TarEntryFormat.Ustar, Member("a.jpg", TestImages.Jpeg()));
        Write(_directory.PathOf("y.tar"), TarEntryFormat.Ustar, Member("b.jpg", TestImages.Jpeg()));
        File.Move(_directory.PathOf("x.tgz"), _directory.PathOf("packed.tar"));
        File.Move(_directory.PathOf("y.tar"), _directory.PathOf("plain.tar.gz"));

        (await Tag("packed.csv", "packed.tar")).Succeeds();
        (await Tag("plain.csv", "plain.tar.gz")).Succeeds();

        Assert.Equal(["a"], Rows("packed.csv", 1));
        Assert.Equal(["b"], Rows("plain.csv", 1));
    }

    [Theory]
    [InlineData("a.tar", "425A6839314159265359", "bzip2")]
    [InlineData("a.tar.bz2", "425A6839314159265359", "bzip2")]
    [InlineData("a.tar.xz", "FD377A585A0000", "xz")]
    [InlineData("a.tar.zst", "28B52FFD0458", "zstd")]
    [InlineData("a.zip", "504B030414000000", "zip")]
    [InlineData("a.tar.gz", "377ABCAF271C", "7z")]
    public async Task OtherPackings_AreNamed(string name, string beginning, string packing)
    {
        _directory.Write(name, Convert.FromHexString(beginning));

        (await Tag("out.csv", name)).Fails(ExitCode.Usage, $"this is packed by {packing}", "unpack it");
    }

    [Fact]
    public async Task EmptyFile_IsNoTar()
    {
        _directory.Write("a.tar", []);
        (await Tag("out.csv", "a.tar")).Fails(ExitCode.Usage, "is empty, and no tar");
    }

    [Fact]
    public async Task PhotosWithHoles_AreRejectedByName()
    {
        // As GNU tar writes them in pax: a map of the pieces before them.
        var sparse = new PaxTarEntry(
            TarEntryType.RegularFile,
            "GNUSparseFile.1/a.jpg",
            new Dictionary<string, string>
            {
                ["GNU.sparse.major"] = "1",
                ["GNU.sparse.minor"] = "0",
                ["GNU.sparse.name"] = "a.jpg",
                ["GNU.sparse.realsize"] = "300000",
            }
        )
        {
            DataStream = new MemoryStream(Encoding.ASCII.GetBytes("1\n131072\n4096\n")),
        };
        using (var file = File.Create(_directory.PathOf("holes.tar")))
        using (var writer = new TarWriter(file, TarEntryFormat.Pax))
        {
            writer.WriteEntry(sparse);
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "b.jpg") { DataStream = new MemoryStream(TestImages.Jpeg()) });
        }

        (await Tag("out.csv", "holes.tar")).Succeeds();

        Assert.Equal(["b"], Rows("out.csv", 1));
        var fault = Assert.Single(Faults("out.csv"));
        Assert.Equal("a", fault.GetProperty("id").GetString());
        Assert.Contains("--sparse", fault.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MembersOfGnusSparseKind_EndTheTarWithASentence()
    {
        Write(_directory.PathOf("holes.tar"), TarEntryFormat.Gnu, Member("a.jpg", TestImages.Jpeg()), Member("b.jpg", TestImages.Jpeg()));
        var bytes = File.ReadAllBytes(_directory.PathOf("holes.tar"));
        using (var list = Open("holes.tar"))
        {
            SetType(bytes, (int)list.Read().ElementAt(1).Span!.Offset - 512, 'S');
        }

        File.WriteAllBytes(_directory.PathOf("holes.tar"), bytes);

        (await Tag("out.csv", "holes.tar")).Succeeds();

        Assert.Equal(["a"], Rows("out.csv", 1));
        Assert.Contains(
            "pack it without --sparse",
            Assert.Single(Faults("out.csv")).GetProperty("detail").GetString(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("links.tar")]
    [InlineData("links.tar.gz")]
    public async Task LinksAndOtherMembers_AreCounted(string name)
    {
        using (var file = File.Create(_directory.PathOf(name)))
        using (
            Stream stream = name.EndsWith("gz", StringComparison.Ordinal)
                ? new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionLevel.Fastest)
                : file
        )
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "a.jpg") { DataStream = new MemoryStream(TestImages.Jpeg()) });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "b.jpg") { LinkName = "a.jpg" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "c.jpg") { LinkName = "a.jpg" });
            writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, "d.jpg"));
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "e.m\u001b[31md") { DataStream = new MemoryStream([1]) });
        }

        var run = await Tag("out.csv", name);

        run.Succeeds();
        Assert.Contains("3 members left out", run.Error, StringComparison.Ordinal);
        Assert.Contains("2 links or devices, 1 .m?[31md", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", run.Error, StringComparison.Ordinal);
        Assert.Contains("1 item: 1 done", run.Error, StringComparison.Ordinal);
    }

    // A header's type and its checksum: the sum of all its bytes with blanks in place of the sum.
    private static void SetType(byte[] tar, int header, char type)
    {
        tar[header + 156] = (byte)type;
        tar.AsSpan(header + 148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in tar.AsSpan(header, 512))
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ", tar.AsSpan(header + 148));
    }

    private ListSource Open(string name) => ListInputs.Open([_directory.PathOf(name)], ListColumns.Parse([]), null);

    private IEnumerable<string> Rows(string name, int columns) =>
        File.ReadLines(_directory.PathOf(name)).Skip(1).Select(line => string.Join(',', line.Split(',')[..columns]));

    private List<JsonElement> Faults(string output) =>
        [.. File.ReadLines(_directory.PathOf(output + ".errors.ndjson")).Select(line => JsonElement.Parse(line))];

    private Task<GeotagRun> Tag(string output, string input) =>
        GeotagRun.Of("tag", "--bundle", model.Bundle, "--output", _directory.PathOf(output), "--input", _directory.PathOf(input));
}
