using GeoTagService.Cli.Execution;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Http;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>What a host packs, and what it unpacks to, is its own doing and never the photo's fault.</summary>
public sealed class PackedAnswerTests(TinyModel model) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly UnrulyLabeller _labeller = new();

    public ValueTask InitializeAsync()
    {
        for (var id = 1; id <= 4; id++)
        {
            _labeller.Photos[$"{id}.jpg"] = TestImages.Jpeg(48, 40, seed: id);
        }

        _labeller.Enqueue((1, "1.jpg", "one"), (2, "2.jpg", "two"), (3, "3.jpg", "three"), (4, "4.jpg", "four"));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _labeller.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task PhotoThatUnpacksWithoutEnd_IsLeftForLater()
    {
        _labeller.Chaos = async context =>
        {
            switch (UnrulyLabeller.PhotoOf(context.Request))
            {
                case "1.jpg":
                    await PackedBodies.BombAsync(context, []);
                    return true;
                case "2.jpg":
                    await PackedBodies.BombAsync(context, _labeller.Photos["2.jpg"]);
                    return true;
                case "3.jpg":
                    context.Response.Headers.ContentEncoding = "gzip, br";
                    await using (
                        var outer = new System.IO.Compression.BrotliStream(
                            context.Response.Body,
                            System.IO.Compression.CompressionLevel.Fastest
                        )
                    )
                    await using (var inner = new System.IO.Compression.GZipStream(outer, System.IO.Compression.CompressionLevel.Fastest))
                    {
                        await inner.WriteAsync(_labeller.Photos["3.jpg"]);
                    }

                    return true;
                default:
                    return false;
            }
        };

        var run = await Work();

        Assert.Equal(ExitCode.ItemsFailed, run.ExitCode);
        Assert.Contains("photo 1 is left for later: its answer unpacks to more than", run.Error, StringComparison.Ordinal);
        Assert.Contains("photo 2 is left for later: its answer unpacks to more than", run.Error, StringComparison.Ordinal);
        Assert.Equal([3, 4], _labeller.Labels.Select(label => label.Id).Distinct().Order());
        Assert.DoesNotContain(_labeller.Labels, label => label.Label == "Failed");
    }

    [Fact]
    public async Task PhotoPackedByNothingThatWasAskedFor_IsLeftForLater()
    {
        _labeller.Chaos = async context =>
        {
            if (UnrulyLabeller.PhotoOf(context.Request) != "1.jpg")
            {
                return false;
            }

            context.Response.Headers.ContentEncoding = "lzma";
            await context.Response.Body.WriteAsync(_labeller.Photos["1.jpg"]);
            return true;
        };

        var run = await Work();

        Assert.Contains("photo 1 is left for later: its answer is packed by lzma", run.Error, StringComparison.Ordinal);
        Assert.Equal([2, 3, 4], _labeller.Labels.Select(label => label.Id).Distinct().Order());
    }

    [Fact]
    public async Task AnswersOfTheLabellerThatUnpackWithoutEnd_LoseNothing()
    {
        var posts = 0;
        _labeller.Chaos = async context =>
        {
            if (!HttpMethods.IsPost(context.Request.Method) || Interlocked.Increment(ref posts) > 1)
            {
                return false;
            }

            await PackedBodies.BombAsync(context, "1: 1\n2: 1\n3: 1\n4: 1\n"u8.ToArray());
            return true;
        };

        var run = await Work();

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Equal([1, 2, 3, 4], _labeller.Labels.Select(label => label.Id).Distinct().Order());
        Assert.Empty(Directory.GetFiles(_directory.PathOf("state")));
    }

    private Task<GeotagRun> Work() =>
        GeotagRun.Of(
            "work",
            "--bundle",
            model.Bundle,
            "--labeller",
            _labeller.Address,
            "--state",
            _directory.PathOf("state"),
            "--pause",
            "0",
            "--retries",
            "1",
            "--polls",
            "1",
            "--head",
            "linear-img-txt-loc"
        );
}
