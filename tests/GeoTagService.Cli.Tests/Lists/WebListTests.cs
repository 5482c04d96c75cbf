using System.Buffers;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Http;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Lists whose photos are on somebody's host.</summary>
public sealed class WebListTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TinyModel _model;
    private readonly PhotoHost _host;

    public WebListTests(TinyModel model)
    {
        _model = model;
        Directory.CreateDirectory(_directory.PathOf("photos"));
        foreach (var name in new[] { "a", "b", "c" })
        {
            _directory.Write($"photos/{name}.jpg", TestImages.Jpeg());
        }

        _host = new PhotoHost(_directory.PathOf("photos"));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Addresses_GiveWhatTheFilesGive()
    {
        Table("list.csv", "a.jpg", "b.jpg");
        File.WriteAllText(_directory.PathOf("files.csv"), "id,image,title\n0,photos/a.jpg,Tor\n1,photos/b.jpg,Tor\n");

        (await Tag("list.csv", "out.ndjson", "--probabilities")).Succeeds();
        (await Tag("files.csv", "files.ndjson", "--probabilities")).Succeeds();

        string[] Scores(string name) =>
            [.. File.ReadLines(_directory.PathOf(name)).Select(line => JsonElement.Parse(line).GetProperty("probabilities").ToString())];
        Assert.Equal(Scores("files.ndjson"), Scores("out.ndjson"));
    }

    [Fact]
    public async Task FaultsThatPass_AreTriedAgainByTheSameCommand_AndOthersAreNot()
    {
        Table("list.csv", "a.jpg", "gone.jpg", "b.jpg", "forbidden.jpg", "c.jpg");
        _host.Misbehaves = (path, context) => Answers(path is "b.jpg", context, 503) || Answers(path is "forbidden.jpg", context, 403);

        (await Tag("list.csv", "out.csv", "--retries", "0")).Succeeds();
        Assert.Equal(
            [("1", "image-not-fetched"), ("2", "image-not-fetched"), ("3", "image-not-fetched")],
            Faults("out.csv").Select(fault => (fault.GetProperty("id").GetString(), fault.GetProperty("code").GetString()))
        );
        Assert.Contains("it answers 404", Faults("out.csv")[0].GetProperty("detail").GetString(), StringComparison.Ordinal);

        _host.Misbehaves = (_, _) => false;
        var again = await Tag("list.csv", "out.csv", "--retries", "0");

        again.Succeeds();
        Assert.Contains("1 rejected by a fault that may have passed", again.Error, StringComparison.Ordinal);
        Assert.Equal(["0", "2", "4"], Ids("out.csv"));
        Assert.Equal((1, 2, 1), (_host.Asked("gone.jpg"), _host.Asked("b.jpg"), _host.Asked("a.jpg")));
    }

    [Fact]
    public async Task HostThatAsksForAPause_GetsIt()
    {
        Table("list.csv", "a.jpg");
        var left = 1;
        _host.Misbehaves = (_, context) =>
        {
            context.Response.Headers.RetryAfter = "1";
            return Answers(Interlocked.Decrement(ref left) >= 0, context, 429);
        };

        (await Tag("list.csv", "out.csv", "--retries", "1")).Succeeds();

        Assert.Equal(2, _host.Asked("a.jpg"));
        Assert.Equal(["0"], Ids("out.csv"));
    }

    [Theory]
    [InlineData("html.jpg", "it sends text/html")]
    [InlineData("ftp.jpg", "it redirects to ftp://")]
    [InlineData("endless.jpg", "more than 5 times")]
    public async Task WhatIsNoPhoto_IsTold(string path, string says)
    {
        Table("list.csv", path, "moved.jpg");
        _host.Misbehaves = (asked, context) =>
        {
            context.Response.Headers.Location = asked switch
            {
                "ftp.jpg" => "ftp://127.0.0.1/a.jpg",
                "endless.jpg" => "/endless.jpg",
                _ => "/a.jpg",
            };
            context.Response.ContentType = "text/html";
            context.Response.BodyWriter.Write("<p>Back soon</p>"u8);
            return Answers(asked is "html.jpg", context, 200) || Answers(asked is not ("a.jpg" or "html.jpg"), context, 302);
        };
        _host.Misbehaves = Without("a.jpg", _host.Misbehaves);

        (await Tag("list.csv", "out.csv", "--retries", "0")).Succeeds();

        Assert.Contains(says, Assert.Single(Faults("out.csv")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(["1"], Ids("out.csv"));
    }

    [Fact]
    public async Task PrivateHost_IsLeftAlone_WhereThatIsAsked()
    {
        Table("list.csv", "a.jpg");

        (await Tag("list.csv", "out.csv", "--public-only")).Succeeds();

        Assert.Contains("private address", Assert.Single(Faults("out.csv")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, _host.Asked("a.jpg"));
    }

    [Fact]
    public async Task OneHost_IsAskedForAFewAtOnce()
    {
        Table("list.csv", [.. Enumerable.Range(0, 40).Select(i => $"a.jpg?{i}")]);

        (await Tag("list.csv", "out.csv", "--downloads", "3")).Succeeds();

        Assert.InRange(_host.MostUnderWay, 1, 3);
        Assert.Equal(40, Ids("out.csv").Count());
    }

    [Fact]
    public async Task PhotoThatChangedOnItsHost_IsTaggedAnewByAnUpdate()
    {
        Table("list.csv", "a.jpg", "b.jpg");
        (await Tag("list.csv", "out.csv")).Succeeds();
        _directory.Write("photos/b.jpg", TestImages.Jpeg(width: 64, height: 48));

        var update = await Tag("list.csv", "out.csv", "--update");

        update.Succeeds();
        Assert.Contains("2 done, 0 rejected, 1 of them as before", update.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnePhoto_IsFetchedToo()
    {
        var one = await GeotagRun.Of("tag", "--bundle", _model.Bundle, _host.Root + "a.jpg");
        Assert.NotEmpty(one.Succeeds());
        var lost = await GeotagRun.Of("tag", "--bundle", _model.Bundle, _host.Root + "lost.jpg");
        lost.Fails(ExitCode.ItemsFailed, "it answers 404");
    }

    private static Func<string, HttpContext, bool> Without(string path, Func<string, HttpContext, bool> misbehaves) =>
        (asked, context) => asked != path && misbehaves(asked, context);

    private static bool Answers(bool does, HttpContext context, int status)
    {
        if (does)
        {
            context.Response.StatusCode = status;
        }

        return does;
    }

    private void Table(string name, params string[] paths) =>
        File.WriteAllText(
            _directory.PathOf(name),
            "id,image,title\n"
                + string.Concat(paths.Select((path, i) => string.Create(CultureInfo.InvariantCulture, $"{i},{_host.Root}{path},Tor\n")))
        );

    private IEnumerable<string> Ids(string name) => File.ReadLines(_directory.PathOf(name)).Skip(1).Select(line => line.Split(',')[0]);

    private List<JsonElement> Faults(string output) =>
        [.. File.ReadLines(_directory.PathOf(output + ".errors.ndjson")).Select(line => JsonElement.Parse(line))];

    private Task<GeotagRun> Tag(string input, string output, params string[] rest) =>
        GeotagRun.Of(["tag", "--bundle", _model.Bundle, _directory.PathOf(input), "--output", _directory.PathOf(output), .. rest]);
}
