using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using GeoTagService.Api.Uploads;
using GeoTagService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Api.FunctionalTests.Fetching;

/// <summary>Photos by their address, from a real server that behaves in every way that servers do.</summary>
public sealed class FetchTests
{
    private static readonly byte[] Photo = TestImages.Jpeg();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AllowedHost_GivesTheAnswerOfThePhotoItself()
    {
        using var server = new LoopbackServer(ServeAsync);
        await using var application = Allowing(server);
        using var client = await application.ReadyClientAsync();
        var address = new Uri(server.Base, "photo.jpg").ToString();
        using var direct = await client.PostAsync("/v1/tags", Requests.Form(Photo), Token);
        var expected = (await direct.JsonAsync()).GetProperty("probabilities").GetRawText();
        (string Path, HttpContent? Body)[] ways =
        [
            ("/v1/tags", Requests.Json($$"""{"image":"{{address}}"}""")),
            ("/v1/tags", Requests.Json($$"""{"image":"{{address.Replace("/", "\\/", StringComparison.Ordinal)}}"}""")),
            ("/v1/tags", Requests.Form(null, ("image", address))),
            ("/v1/tags", new FormUrlEncodedContent([KeyValuePair.Create("image", address)])),
            ("/v1/tags?image=" + Uri.EscapeDataString(address), null),
            ("/v1/tags", Requests.Json($$"""{"image":"{{new Uri(server.Base, "moved")}}"}""")),
            ("/v1/tags/batch", Requests.NdJson($$"""{"image":"{{address}}"}""")),
            ("/v1/tags/batch", Requests.Form(null, ("item", $$"""{"image":"{{address}}"}"""))),
            ("/v1/tags/batch", Requests.Form(null, ("image", address))),
        ];
        foreach (var (path, body) in ways)
        {
            using var answer = await client.PostAsync(path, body, Token);
            var text = await answer.Content.ReadAsStringAsync(Token);
            Assert.True(text.Contains(expected, StringComparison.Ordinal), $"{path}: {text}");
        }

        await NothingIsHeldAsync(application);
    }

    [Theory]
    [InlineData("missing", "image-not-fetched", "answered 404")]
    [InlineData("endless", "image-too-large", "1,000,000 bytes")]
    [InlineData("promises-much", "image-too-large", "1,000,000 bytes")]
    [InlineData("cut", "image-not-fetched", "broke off")]
    [InlineData("hangs-up", "image-not-fetched", "broke off")]
    [InlineData("slow", "image-not-fetched", "within 1 s")]
    [InlineData("silent", "image-not-fetched", "within 1 s")]
    [InlineData("page", "unsupported-media", "")]
    [InlineData("loop", "image-not-fetched", "redirects more than 3 times")]
    [InlineData("to-metadata", "invalid-value", "169.254.169.254")]
    [InlineData("to-loopback-name", "invalid-value", "localhost")]
    [InlineData("to-file", "image-not-fetched", "not an http or https address")]
    [InlineData("to-nothing", "image-not-fetched", "redirects")]
    [InlineData("to-other-port", "invalid-value", "GeoTag:Fetch:Hosts")]
    public async Task WhatServersDo_EndsInAProblemThatNamesIt(string path, string code, string words)
    {
        using var server = new LoopbackServer(ServeAsync);
        await using var application = Allowing(server, ("GeoTag:Fetch:Timeout", "00:00:01"), ("GeoTag:MaxImageBytes", "1000000"));
        using var client = await application.ReadyClientAsync();
        var item = $$"""{"image":"{{new Uri(server.Base, path)}}"}""";

        using var answer = await client.PostAsync("/v1/tags", Requests.Json(item), Token);
        using var batch = await client.PostAsync("/v1/tags/batch", Requests.NdJson(item, Requests.Line("b", "Canal lock")), Token);

        var status = code switch
        {
            "image-too-large" => 413,
            "unsupported-media" => 415,
            _ => 422,
        };
        var problem = await answer.ProblemAsync(status, code, "image");
        Assert.Contains(words, problem.GetProperty("detail").GetString());
        var lines = (await batch.Content.ReadAsStringAsync(Token)).Split('\n');
        Assert.Equal(code, JsonDocument.Parse(lines[0]).RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.True(JsonDocument.Parse(lines[1]).RootElement.TryGetProperty("result", out _));
        await NothingIsHeldAsync(application);
    }

    [Fact]
    public async Task WithoutASetting_NothingIsFetched()
    {
        var asked = false;
        using var server = new LoopbackServer(
            (_, _) =>
            {
                asked = true;
                return Task.CompletedTask;
            }
        );
        await using var application = new GeoTagApplication();
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags", Requests.Json($$"""{"image":"{{server.Base}}photo.jpg"}"""), Token);

        var problem = await answer.ProblemAsync(422, "invalid-value", "image");
        Assert.Contains("GeoTag:Fetch:Hosts", problem.GetProperty("detail").GetString());
        Assert.False(asked);
    }

    [Theory]
    // A name that this machine's own address answers to, and the address itself; neither is in a network that is allowed.
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task AllowedNameOfAPrivateAddress_IsNotConnectedTo(string host)
    {
        var asked = false;
        using var server = new LoopbackServer(
            (_, _) =>
            {
                asked = true;
                return Task.CompletedTask;
            }
        );
        await using var application = new GeoTagApplication(("GeoTag:Fetch:Hosts:0", $"{host}:{server.Base.Port}"));
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync(
            "/v1/tags",
            Requests.Json($$"""{"image":"http://{{host}}:{{server.Base.Port}}/photo.jpg"}"""),
            Token
        );

        var problem = await answer.ProblemAsync(422, "invalid-value", "image");
        Assert.Contains("GeoTag:Fetch:Networks", problem.GetProperty("detail").GetString());
        Assert.DoesNotContain("127.0.0.1", host == "localhost" ? problem.GetProperty("detail").GetString() : "");
        Assert.False(asked);
    }

    [Theory]
    [InlineData("http://user:secret@127.0.0.1/photo.jpg", "without name and password")]
    [InlineData("http://other.example/photo.jpg", "other.example")]
    [InlineData("https://127.0.0.1/photo.jpg", "127.0.0.1")]
    [InlineData("http://2130706433/photo.jpg", "127.0.0.1")]
    [InlineData("http://", "not an http or https address")]
    public async Task OtherAddress_IsRefusedByName(string address, string words)
    {
        using var server = new LoopbackServer(ServeAsync);
        await using var application = Allowing(server);
        using var client = await application.ReadyClientAsync();

        using var answer = await client.PostAsync("/v1/tags", Requests.Json($$"""{"image":"{{address}}"}"""), Token);

        var problem = await answer.ProblemAsync(422, "invalid-value", "image");
        Assert.Contains(words, problem.GetProperty("detail").GetString());
        Assert.DoesNotContain("secret", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task ClientsOwnDeadline_EndsTheFetching()
    {
        using var server = new LoopbackServer(ServeAsync);
        await using var application = Allowing(server);
        using var client = await application.ReadyClientAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/tags")
        {
            Content = Requests.Json($$"""{"image":"{{new Uri(server.Base, "silent")}}"}"""),
        };
        request.Headers.Add("X-Request-Timeout", "0.5");

        using var answer = await client.SendAsync(request, Token);

        await answer.ProblemAsync(408, "deadline-exceeded", "X-Request-Timeout");
        await NothingIsHeldAsync(application);
    }

    private static GeoTagApplication Allowing(LoopbackServer server, params (string, string)[] settings) =>
        new([("GeoTag:Fetch:Hosts:0", $"127.0.0.1:{server.Base.Port}"), ("GeoTag:Fetch:Networks:0", "127.0.0.0/8"), .. settings]);

    private static Task NothingIsHeldAsync(GeoTagApplication application) =>
        Eventually.TrueAsync(() => application.Services.GetRequiredService<UploadBudget>().TakenBytes == 0);

    private static async Task ServeAsync(NetworkStream connection, CancellationToken stop)
    {
        using var reader = new StreamReader(connection, leaveOpen: true);
        var path = (await reader.ReadLineAsync(stop))!.Split(' ')[1];
        while (await reader.ReadLineAsync(stop) is { Length: > 0 }) { }

        switch (path)
        {
            case "/photo.jpg":
                await SayAsync($"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {Photo.Length}\r\n\r\n");
                await connection.WriteAsync(Photo, stop);
                break;
            case "/missing":
                await SayAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                break;
            case "/endless":
                await SayAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true)
                {
                    await SayAsync("1000\r\n" + new string('x', 0x1000) + "\r\n");
                }

            case "/promises-much":
                await SayAsync("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx");
                break;
            case "/cut":
                await SayAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Photo.Length}\r\n\r\n");
                await connection.WriteAsync(Photo.AsMemory(0, Photo.Length / 2), stop);
                break;
            case "/slow":
                await SayAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Photo.Length}\r\n\r\n");
                await connection.WriteAsync(Photo.AsMemory(0, 1), stop);
                await Task.Delay(Timeout.Infinite, stop);
                break;
            case "/silent":
                await Task.Delay(Timeout.Infinite, stop);
                break;
            case "/page":
                await SayAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>");
                break;
            case "/moved":
                await RedirectAsync("/photo.jpg");
                break;
            case "/loop":
                await RedirectAsync("loop");
                break;
            case "/to-metadata":
                await RedirectAsync("http://169.254.169.254/latest/meta-data/");
                break;
            case "/to-loopback-name":
                await RedirectAsync("http://localhost/photo.jpg");
                break;
            case "/to-file":
                await RedirectAsync("file:///etc/passwd");
                break;
            case "/to-other-port":
                await RedirectAsync("http://127.0.0.1:1/photo.jpg");
                break;
            case "/to-nothing":
                await SayAsync("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                break;
            default:
                break;
        }

        ValueTask SayAsync(string text) => connection.WriteAsync(Encoding.ASCII.GetBytes(text), stop);

        ValueTask RedirectAsync(string to) =>
            SayAsync($"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}
