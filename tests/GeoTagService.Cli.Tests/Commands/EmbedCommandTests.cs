using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;
using GeoTagService.Training.Storage;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>The paper's way on a small model: photos to a store, heads, submission, and back into a bundle that tags.</summary>
public sealed class EmbedCommandTests(TinyModel model) : IDisposable
{
    private const int IndexEntryBytes = 32;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task FolderAndMetadata_GiveHeadsASubmissionAndABundleThatTags()
    {
        WritePhotos(40);
        (await Embed()).Succeeds();
        var labels = _directory.PathOf("train.csv");
        await File.WriteAllLinesAsync(
            labels,
            [
                $"gridimage_id,{string.Join(',', TagCatalog.CompetitionColumns)}",
                .. Enumerable
                    .Range(1, 40)
                    .Select(id => $"{id},{string.Join(',', TagCatalog.CompetitionColumns.Select((_, i) => i == id % 3 ? 1 : 0))}"),
            ],
            TestContext.Current.CancellationToken
        );

        var trained = (
            await GeotagRun.Of(
                "train",
                "--embeddings",
                Store,
                "--labels",
                labels,
                "--head",
                "linear-img",
                "--head",
                "mlp-img-txt-loc-mixup",
                "--epochs",
                "3",
                "--output",
                _directory.PathOf("run"),
                "--bundle",
                model.Bundle,
                "--bundle-output",
                _directory.PathOf("bundle")
            )
        ).Succeeds();
        Assert.Equal(2, trained.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        var tagged = (
            await GeotagRun.Of(
                "tag",
                PhotoPath(7),
                "--title",
                "Photo 7",
                "--head",
                "mlp-img-txt-loc-mixup",
                "--bundle",
                _directory.PathOf("bundle")
            )
        ).Succeeds();
        Assert.Contains("tag", tagged, StringComparison.Ordinal);

        (
            await GeotagRun.Of("submit", "--embeddings", Store, "--heads", _directory.PathOf("run"), "--output", _directory.PathOf("out"))
        ).Succeeds();
        using var zip = ZipFile.OpenRead(_directory.PathOf("out", "linear-img.zip"));
        using var reader = new StreamReader(Assert.Single(zip.Entries).Open());
        var lines = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).TrimEnd('\n').Split('\n');
        Assert.Equal($"gridimage_id,{string.Join(',', TagCatalog.CompetitionColumns)}", lines[0]);
        Assert.Equal(40, lines.Length - 1);
        Assert.All(lines.Skip(1), line => Assert.Contains(",1", line, StringComparison.Ordinal));
        Assert.True(File.Exists(_directory.PathOf("out", "mlp-img-txt-loc-mixup.zip")));
    }

    [Fact]
    public async Task BadData_IsToldAndTheRestIsEmbedded()
    {
        WritePhotos(6);
        File.Delete(PhotoPath(2));
        await File.WriteAllTextAsync(PhotoPath(3), "no photo", TestContext.Current.CancellationToken);
        await File.AppendAllTextAsync(
            Metadata,
            "4,again,TQ3080\nx,broken,TQ3080\n5,too,many,fields\n",
            TestContext.Current.CancellationToken
        );

        var run = await Embed();

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("no such photo", run.Error, StringComparison.Ordinal);
        Assert.Contains("photo 4 is in the metadata twice", run.Error, StringComparison.Ordinal);
        Assert.Contains(
            "4 photos embedded, 0 were there already; 2 left without their image (1 missing, 1 unreadable)",
            run.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("skipped 1 line of a photo that was there, 2 broken lines", run.Error, StringComparison.Ordinal);
        Assert.Contains("the store holds 6, 2 of them without an image", run.Error, StringComparison.Ordinal);
        using var store = EmbeddingStore.Open(Store);
        Assert.Equal([1, 2, 3, 4, 5, 6], store.Entries.Select(entry => entry.Id));
        Assert.Equal(RowParts.PhotoMissing | RowParts.Title | RowParts.Place, store.Entries[1].Parts);
        Assert.Equal(RowParts.PhotoUnreadable | RowParts.Title | RowParts.Place, store.Entries[2].Parts);
        Assert.Equal(RowParts.Image | RowParts.Title | RowParts.Place, store.Entries[3].Parts);

        var submitted = await GeotagRun.Of("submit", "--embeddings", Store, "--heads", model.Bundle, "--output", _directory.PathOf("out"));
        submitted.Succeeds();
        Assert.Contains("2 of 6 photos have no image embedding", submitted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PhotoThatWasMissing_IsEmbeddedOnceItIsThere()
    {
        WritePhotos(6);
        File.Move(PhotoPath(2), _directory.PathOf("2.jpg"));
        File.Delete(PhotoPath(3));
        await Embed();
        File.Move(_directory.PathOf("2.jpg"), PhotoPath(2));

        var run = await Embed();

        run.Succeeds();
        Assert.Contains(
            "1 photo embedded, 5 were there already; the store holds 6, 1 of them without an image",
            run.Error,
            StringComparison.Ordinal
        );
        using var store = EmbeddingStore.Open(Store);
        Assert.Equal([1, 2, 3, 4, 5, 6], store.Entries.Select(entry => entry.Id).Order());
        Assert.Equal(RowParts.Image | RowParts.Title | RowParts.Place, store.Entries.Single(entry => entry.Id == 2).Parts);
    }

    [Fact]
    public async Task WrongHeaderOrOptions_SayWhatIsWanted()
    {
        WritePhotos(1);
        (await Embed("--title-column", "caption")).Fails(
            ExitCode.Environment,
            "no column 'caption'",
            "grid_reference",
            "--title-column names another"
        );
        (await Embed("--shard", "3/2")).Fails(ExitCode.Usage, "--shard");
        (await GeotagRun.Of("train", "--embeddings", Store, "--output", _directory.PathOf("run"))).Fails(ExitCode.Usage, "--labels");
    }

    [Fact]
    public async Task Shards_TogetherHoldEveryPhotoOnce()
    {
        WritePhotos(9);
        (await Embed("--shard", "1/2")).Succeeds();
        (await Embed("--shard", "2/2")).Succeeds();

        using var store = EmbeddingStore.Open(Store);
        Assert.Equal(Enumerable.Range(1, 9).Select(id => (long)id), store.Entries.Select(entry => entry.Id).Order());
    }

    [Fact]
    public async Task KilledWhileItWrites_GoesOnWithNothingLostOrDoubled()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a named pipe in place of a photo holds the process");
        const int Photos = 700,
            Held = 600,
            Committed = 512;
        WritePhotos(Photos);
        File.Delete(PhotoPath(Held));
        using (var make = Process.Start("mkfifo", PhotoPath(Held)))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        // Nobody writes to the pipe: two commits of 256 photos are on disk, more photos are under way, none is the last.
        using (var process = GeotagProcess.Start(Arguments([])))
        {
            var index = new FileInfo(Path.Combine(Store, StoreLayout.IndexName));
            await process.UntilAsync(() =>
            {
                index.Refresh();
                return index.Exists && index.Length == Committed * IndexEntryBytes;
            });
            await process.KillAsync();
        }

        File.Delete(PhotoPath(Held));
        File.Copy(PhotoPath(1), PhotoPath(Held));
        await EmbedsTheRest(Committed, Photos);
    }

    [Fact]
    public async Task DiskFull_IsSaidAndTheSameCommandGoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit on a file's size is set by the shell");
        const int Photos = 700,
            Committed = 512;
        WritePhotos(Photos);

        // A limit on a file's size stands in for a full disk, which takes a file system of its own. A row has 64 bytes: the
        // third commit of 256 does not fit 36 KiB. The runtime's own code pages are files too, hence the variable.
        var start = new ProcessStartInfo(
            "bash",
            ["-c", "trap '' XFSZ; ulimit -f 36; exec dotnet \"$@\"", "bash", typeof(CommandRunner).Assembly.Location, .. Arguments([])]
        )
        {
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableWriteXorExecute"] = "0" },
        };
        using (var process = Process.Start(start)!)
        {
            var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Contains($"{Store} cannot be written", error, StringComparison.Ordinal);
            Assert.Contains(
                $"The {Committed} photos before are kept; the same command goes on from there.",
                error,
                StringComparison.Ordinal
            );
            Assert.Equal(ExitCode.Environment, process.ExitCode);
        }

        await EmbedsTheRest(Committed, Photos);
    }

    /// <summary>The store holds the first photos, and the same command adds the others, each once.</summary>
    private async Task EmbedsTheRest(int kept, int photos)
    {
        using (var store = EmbeddingStore.Open(Store))
        {
            Assert.Equal(kept, store.Entries.Count);
        }

        var run = await Embed();
        run.Succeeds();
        Assert.Contains($"{photos - kept} photos embedded, {kept} were there already", run.Error, StringComparison.Ordinal);
        using var whole = EmbeddingStore.Open(Store);
        Assert.Equal(Enumerable.Range(1, photos).Select(id => (long)id), whole.Entries.Select(entry => entry.Id));
    }

    [Fact]
    public async Task PhotoOrTitleThatChanged_IsEmbeddedAnew()
    {
        WritePhotos(6);
        (await Embed()).Succeeds();
        float[] Image(int id)
        {
            using var store = EmbeddingStore.Open(Store);
            var values = new float[store.Layout.Dimension];
            store.Images([store.Entries.FindIndex(entry => entry.Id == id)]).CopyRow(0, values);
            return values;
        }

        var before = Enumerable.Range(1, 6).Select(Image).ToList();
        await File.WriteAllBytesAsync(PhotoPath(2), TestImages.Jpeg(64, 48, seed: 77), TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(PhotoPath(3), DateTime.UnixEpoch);
        var metadata = await File.ReadAllTextAsync(Metadata, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Metadata,
            metadata.Replace("Photo 5", "Weir", StringComparison.Ordinal),
            TestContext.Current.CancellationToken
        );

        var run = await Embed();

        run.Succeeds();
        Assert.Contains(
            "2 photos embedded, 2 of them anew, because photo, title or place was changed, 4 were there already; the store holds 6",
            run.Error,
            StringComparison.Ordinal
        );
        for (var id = 1; id <= 6; id++)
        {
            Assert.Equal(id != 2, before[id - 1].SequenceEqual(Image(id)));
        }

        Assert.Contains("0 photos embedded, 6 were there already", (await Embed()).Error, StringComparison.Ordinal);
        using var store = EmbeddingStore.Open(Store);
        Assert.Equal([1, 3, 4, 6, 2, 5], store.Entries.Select(entry => entry.Id));
    }

    private string Store => _directory.PathOf("store");

    private string Metadata => _directory.PathOf("metadata.csv");

    private Task<GeotagRun> Embed(params string[] more) => GeotagRun.Of(Arguments(more));

    private string[] Arguments(string[] more) =>
        ["embed", "--photos", _directory.PathOf("photos"), "--metadata", Metadata, "--output", Store, "--bundle", model.Bundle, .. more];

    private string PhotoPath(int id) => _directory.PathOf("photos", "00000", $"{id.ToString(CultureInfo.InvariantCulture)}.jpg");

    private void WritePhotos(int count)
    {
        Directory.CreateDirectory(_directory.PathOf("photos", "00000"));
        var metadata = new StringBuilder("gridimage_id,title,grid_reference\n");
        var jpegs = Enumerable.Range(0, 8).Select(seed => TestImages.Jpeg(48, 40, seed)).ToArray();
        for (var id = 1; id <= count; id++)
        {
            File.WriteAllBytes(PhotoPath(id), jpegs[id % jpegs.Length]);
            metadata.Append(CultureInfo.InvariantCulture, $"{id},\"Photo {id}\",TQ3080\n");
        }

        File.WriteAllText(Metadata, metadata.ToString());
    }
}
