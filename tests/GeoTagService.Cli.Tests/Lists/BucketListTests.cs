using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Photos that are objects of a bucket.</summary>
public sealed class BucketListTests(TinyModel model) : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly BucketHost _host = new("archive");

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Prefix_IsAsAFolder_AndIsKeptUpToDate()
    {
        for (var i = 0; i < 8; i++)
        {
            _host.Objects[$"2024/photo {i}.jpg"] = TestImages.Jpeg(seed: i);
        }

        _host.Objects["2024/notes.md"] = [1];
        _host.Objects["2025/other.jpg"] = TestImages.Jpeg();

        var run = await Tag("out.csv", "s3://archive/2024/");

        run.Succeeds();
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"s3://archive/2024/photo {i}.jpg"), Ids("out.csv"));
        Assert.Contains("1 .md", run.Error, StringComparison.Ordinal);
        Assert.Equal(3, _host.Pages);

        _host.Objects.TryRemove("2024/photo 1.jpg", out _);
        _host.Objects["2024/photo 2.jpg"] = TestImages.Jpeg(seed: 99);
        _host.Objects["2024/photo 9.jpg"] = TestImages.Jpeg();
        var update = await Tag("out.csv", "s3://archive/2024/", "--update");

        update.Succeeds();
        Assert.Contains("8 done, 0 rejected, 6 of them as before", update.Error, StringComparison.Ordinal);
        Assert.Equal(new[] { 0, 2, 3, 4, 5, 6, 7, 9 }.Select(i => $"s3://archive/2024/photo {i}.jpg"), Ids("out.csv"));
    }

    [Fact]
    public async Task ObjectsInAList_AreRead_AndWhatFailsInPassingIsTriedAgain()
    {
        _host.Objects["a.jpg"] = TestImages.Jpeg();
        _host.Objects["b.jpg"] = TestImages.Jpeg();
        _host.Faults["b.jpg"] = 503;
        _host.Faults["c.jpg"] = 403;
        File.WriteAllText(
            _directory.PathOf("list.csv"),
            "id,image\n1,s3://archive/a.jpg\n2,s3://archive/b.jpg\n3,s3://archive/c.jpg\n4,s3://archive/gone.jpg\n5,s3://elsewhere/a.jpg\n"
        );

        (await Tag("out.csv", _directory.PathOf("list.csv"), "--retries", "0")).Succeeds();
        Assert.Equal(
            ["503 Trouble", "403 Trouble", "404 NoSuchKey", "404 NoSuchBucket"],
            File.ReadLines(_directory.PathOf("out.csv.errors.ndjson"))
                .Select(line => JsonElement.Parse(line).GetProperty("detail").GetString()!.Split("answers ")[1].TrimEnd('.'))
        );

        _host.Faults.Clear();
        var again = await Tag("out.csv", _directory.PathOf("list.csv"), "--retries", "0");
        Assert.Contains("1 rejected by a fault that may have passed", again.Error, StringComparison.Ordinal);
        Assert.Equal(["1", "2"], Ids("out.csv"));
    }

    [Fact]
    public async Task WhatIsNotThere_IsTold()
    {
        (await Tag("out.csv", "s3://elsewhere/2024/")).Fails(ExitCode.Usage, "cannot be listed: it answers 404 NoSuchBucket");
        (await Tag("out.csv", "s3:///2024/")).Fails(ExitCode.Usage, "names no bucket");
        (await Tag("out.csv", "s3://archive/2024/")).Fails(ExitCode.Usage, "there are no photos here");
        (await Tag("out.csv", "s3://archive/list.csv")).Fails(ExitCode.Usage, "lists are files");
    }

    [Fact]
    public async Task Plan_DividesABucket()
    {
        for (var i = 0; i < 5; i++)
        {
            _host.Objects[$"{i}.jpg"] = TestImages.Jpeg(seed: i);
        }

        var plan = _directory.PathOf("plan");
        (await GeotagRun.Of("plan", "--input", "s3://archive", "--s3-endpoint", _host.Root, "--tasks", "2", "--output", plan)).Succeeds();
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--plan", plan, "--any-task", "--s3-endpoint", _host.Root)).Succeeds();
        (await GeotagRun.Of("merge", "--plan", plan, "--output", _directory.PathOf("merged.csv"))).Succeeds();
        (await Tag("whole.csv", "s3://archive")).Succeeds();

        Assert.Equal(File.ReadAllText(_directory.PathOf("whole.csv")), File.ReadAllText(_directory.PathOf("merged.csv")));
    }

    private IEnumerable<string> Ids(string name) => File.ReadLines(_directory.PathOf(name)).Skip(1).Select(line => line.Split(',')[0]);

    private Task<GeotagRun> Tag(string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", model.Bundle, "--output", _directory.PathOf(output), "--s3-endpoint", _host.Root, .. rest]);
}
