using System.Globalization;
using System.IO.Compression;
using System.Text;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>The competition's download as it comes: metadata.csv of all photos, train.csv with labels, test.csv with ids alone.</summary>
public sealed class CompetitionIdsTests : IDisposable
{
    private static readonly int[] Train = [.. Enumerable.Range(1, 24)];
    private static readonly int[] Test = [37, 25, 33, 29, 40, 31];

    private readonly TinyModel _model;
    private readonly TemporaryDirectory _directory = new();

    public CompetitionIdsTests(TinyModel model)
    {
        _model = model;
        Directory.CreateDirectory(_directory.PathOf("photos", "00000"));
        var metadata = new StringBuilder("gridimage_id,title,grid_reference\n");
        var jpegs = Enumerable.Range(0, 8).Select(seed => TestImages.Jpeg(48, 40, seed)).ToArray();
        for (var id = 1; id <= 40; id++)
        {
            File.WriteAllBytes(Photo(id), jpegs[id % jpegs.Length]);
            metadata.Append(CultureInfo.InvariantCulture, $"{id},\"Photo {id}\",TQ3080\n");
        }

        File.WriteAllText(_directory.PathOf("metadata.csv"), metadata.ToString());
        File.WriteAllLines(_directory.PathOf("test.csv"), ["gridimage_id", .. Test.Select(id => $"{id}")]);
        File.WriteAllLines(
            _directory.PathOf("train.csv"),
            [
                $"gridimage_id,{string.Join(',', TagCatalog.CompetitionColumns)}",
                .. Train.Select(id => $"{id},{string.Join(',', TagCatalog.CompetitionColumns.Select((_, i) => i == id % 3 ? 1 : 0))}"),
            ]
        );
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Download_BecomesASubmissionOfExactlyTheTestsRowsInItsOrder()
    {
        (await Embed("store", "--ids", _directory.PathOf("train.csv"))).Succeeds();
        (await Embed("test-store", "--ids", _directory.PathOf("test.csv"))).Succeeds();
        (
            await GeotagRun.Of(
                "train",
                "--embeddings",
                _directory.PathOf("store"),
                "--labels",
                _directory.PathOf("train.csv"),
                "--ids",
                _directory.PathOf("train.csv"),
                "--head",
                "linear-img",
                "--epochs",
                "2",
                "--output",
                _directory.PathOf("run")
            )
        ).Succeeds();
        (
            await GeotagRun.Of(
                "evaluate",
                "--embeddings",
                _directory.PathOf("store"),
                "--labels",
                _directory.PathOf("train.csv"),
                "--ids",
                _directory.PathOf("train.csv"),
                "--heads",
                _directory.PathOf("run")
            )
        ).Succeeds();
        var submitted = await Submit("test-store");

        submitted.Succeeds();
        Assert.Contains("6 photos, 1 head", submitted.Error, StringComparison.Ordinal);
        Assert.Equal(Test, await SubmittedAsync());
    }

    [Fact]
    public async Task StoreOfAllPhotos_GivesTheTestsRowsToo()
    {
        (await Embed("store")).Succeeds();

        (await Submit("store")).Succeeds();

        Assert.Equal(Test, await SubmittedAsync());
    }

    [Fact]
    public async Task MissingPhotos_AreNamedAndScoredByNobody()
    {
        await File.AppendAllTextAsync(_directory.PathOf("test.csv"), "99\n98\n", TestContext.Current.CancellationToken);
        File.Delete(Photo(33));

        var embedded = await Embed("store", "--ids", _directory.PathOf("test.csv"));
        var submitted = await Submit("store");

        Assert.Equal(ExitCode.ItemsFailed, embedded.ExitCode);
        Assert.Contains("2 photos of --ids are not in", embedded.Error, StringComparison.Ordinal);
        Assert.Contains(": 98, 99", embedded.Error, StringComparison.Ordinal);
        submitted.Fails(ExitCode.ItemsFailed, "3 photos of --ids have no image embedding", "33, 99, 98", "nothing was written");
        Assert.False(File.Exists(_directory.PathOf("out", "linear-img.zip")));
    }

    [Theory]
    [InlineData("gridimage_id\n1\n1\n", "line 3: photo 1 is there twice")]
    [InlineData("gridimage_id,x\n", "holds no photo")]
    [InlineData("a,b\n1,2\n", "has no column 'gridimage_id'")]
    [InlineData("17\n18\n", "its first line is to name the column")]
    public async Task FileThatIsNoListOfIds_IsRefused(string content, string says)
    {
        var path = _directory.Write("ids.csv", Encoding.UTF8.GetBytes(content));

        (
            await GeotagRun.Of(
                "embed",
                "--photos",
                _directory.PathOf("photos"),
                "--metadata",
                _directory.PathOf("metadata.csv"),
                "--output",
                _directory.PathOf("store"),
                "--bundle",
                _model.Bundle,
                "--ids",
                path
            )
        ).Fails(ExitCode.Environment, says);
    }

    private string Photo(int id) => _directory.PathOf("photos", "00000", $"{id.ToString(CultureInfo.InvariantCulture)}.jpg");

    private Task<GeotagRun> Embed(string store, params string[] more) =>
        GeotagRun.Of([
            "embed",
            "--photos",
            _directory.PathOf("photos"),
            "--metadata",
            _directory.PathOf("metadata.csv"),
            "--output",
            _directory.PathOf(store),
            "--bundle",
            _model.Bundle,
            .. more,
        ]);

    private Task<GeotagRun> Submit(string store) =>
        GeotagRun.Of(
            "submit",
            "--embeddings",
            _directory.PathOf(store),
            "--heads",
            _model.Bundle,
            "--head",
            "linear-img",
            "--ids",
            _directory.PathOf("test.csv"),
            "--output",
            _directory.PathOf("out")
        );

    private async Task<int[]> SubmittedAsync()
    {
        using var zip = ZipFile.OpenRead(_directory.PathOf("out", "linear-img.zip"));
        using var reader = new StreamReader(Assert.Single(zip.Entries).Open());
        var lines = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');
        return [.. lines.Skip(1).Select(line => int.Parse(line.Split(',')[0], CultureInfo.InvariantCulture))];
    }
}
