using System.Text;
using Microsoft.AspNetCore.Http;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>Bad luck with a labeller and a photo host, drawn from a seed: every way in which either has been seen to fail.</summary>
internal sealed class WorkStorm(UnrulyLabeller labeller, int seed)
{
    private const double Luck = 0.6;

    /// <summary>One in so many of what costs time happens.</summary>
    private const int Rarity = 8;

    /// <summary>What a worker has to wait for, or to unpack.</summary>
    private static readonly HashSet<string> Costly = ["stall", "drip", "drip after", "bomb", "photo and bomb"];

    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    /// <summary>What happened, for the message of a test that fails and to see that everything did.</summary>
    public Dictionary<string, int> Events { get; } = [];

    public Task<bool> StrikeAsync(HttpContext context)
    {
        // A redirect's second leg is spared, or it would be no redirect.
        if (context.Request.Query.ContainsKey("again"))
        {
            return Task.FromResult(false);
        }

        if (context.Request.Query.ContainsKey("round"))
        {
            Redirect(context, 307, marked: false);
            return Task.FromResult(true);
        }

        return UnrulyLabeller.PhotoOf(context.Request) is not null ? StrikePhotoAsync(context)
            : HttpMethods.IsPost(context.Request.Method) ? StrikePostAsync(context)
            : StrikePollAsync(context);
    }

    private string Draw(string kind, params string[] events)
    {
        lock (_lock)
        {
            if (_random.NextDouble() < Luck)
            {
                return "";
            }

            string drawn;
            do
            {
                drawn = events[_random.Next(events.Length)];
            } while (Costly.Contains(drawn) && _random.Next(Rarity) != 0);

            Events[$"{kind} {drawn}"] = Events.GetValueOrDefault($"{kind} {drawn}") + 1;
            return drawn;
        }
    }

    private async Task<bool> StrikePollAsync(HttpContext context)
    {
        switch (Draw("poll", "500", "error", "nothing", "[]", "html", "reset", "redirect", "drip", "bomb", "small bomb"))
        {
            case "":
                return false;
            case "500":
                await UnrulyLabeller.Answer(context, 500, "");
                break;
            case "error":
                await UnrulyLabeller.Answer(context, 200, """{"error":"No model"}""");
                break;
            case "nothing":
                await UnrulyLabeller.Answer(context, 200, "");
                break;
            case "[]":
                await UnrulyLabeller.Answer(context, 200, "[]");
                break;
            case "html":
                await UnrulyLabeller.Answer(context, 200, "<html>maintenance</html>");
                break;
            case "redirect":
                Redirect(context, 301);
                break;
            case "drip":
                await SlowBody.DripAsync(context, Encoding.UTF8.GetBytes(labeller.NextBatch(context.Request.Query)));
                break;
            case "bomb":
                await PackedBodies.BombAsync(context, "{\"rows\":["u8.ToArray());
                break;
            case "small bomb":
                await PackedBodies.SmallBombAsync(context);
                break;
            default:
                context.Abort();
                break;
        }

        return true;
    }

    private async Task<bool> StrikePostAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var drawn = Draw(
            "post",
            "500",
            "error",
            "nothing",
            "html",
            "301",
            "302",
            "303",
            "307",
            "308",
            "elsewhere",
            "rolled back",
            "not affected",
            "reset before",
            "reset after",
            "half",
            "strangers",
            "loop",
            "not gzip",
            "drip",
            "drip after",
            "bomb",
            "small bomb"
        );
        var json = drawn is "" ? "" : await reader.ReadToEndAsync();
        switch (drawn)
        {
            case "":
                return false;
            case "500":
                await UnrulyLabeller.Answer(context, 500, "");
                break;
            case "error":
                await UnrulyLabeller.Answer(context, 200, """{"error":"Something went horribly wrong"}""");
                break;
            case "nothing":
                await UnrulyLabeller.Answer(context, 200, "");
                break;
            case "html":
                await UnrulyLabeller.Answer(context, 200, "<html>maintenance</html>");
                break;
            case "elsewhere":
                context.Response.StatusCode = 307;
                context.Response.Headers.Location = "ftp://127.0.0.1/labeler";
                break;
            case "rolled back":
                // The script dies before it commits: some lines, nothing stored.
                await UnrulyLabeller.Answer(context, 200, string.Concat(Lines(json).SkipLast(1)) + "<b>Fatal error</b>: out of memory");
                break;
            case "not affected":
                await UnrulyLabeller.Answer(
                    context,
                    200,
                    string.Concat(Lines(json).Select((line, i) => i == 0 ? line.Replace(": 1", ": -1", StringComparison.Ordinal) : line))
                );
                break;
            case "half":
                await UnrulyLabeller.Answer(
                    context,
                    200,
                    string.Concat(labeller.Store(json).Split('\n').Where((_, i) => i % 2 == 0).Select(line => line + "\n"))
                );
                break;
            case "strangers":
                // Photos that nobody sent; nothing is stored.
                await UnrulyLabeller.Answer(context, 200, "900001: 1\n900002: 1\n");
                break;
            case "loop":
                Redirect(context, 307, marked: false);
                break;
            case "not gzip":
                context.Response.Headers.ContentEncoding = "gzip";
                await UnrulyLabeller.Answer(context, 200, string.Concat(Lines(json)));
                break;
            case "drip":
                // Nothing is stored, and the answer that says so never comes to its end.
                await SlowBody.DripAsync(context, Encoding.UTF8.GetBytes(string.Concat(Lines(json))));
                break;
            case "drip after":
                await SlowBody.DripAsync(context, Encoding.UTF8.GetBytes(labeller.Store(json)));
                break;
            case "bomb":
                // All of it acknowledged and nothing stored, and no end to the lines that follow.
                await PackedBodies.BombAsync(context, Encoding.UTF8.GetBytes(string.Concat(Lines(json))));
                break;
            case "small bomb":
                await PackedBodies.SmallBombAsync(context);
                break;
            case "reset before":
                context.Abort();
                break;
            case "reset after":
                labeller.Store(json);
                context.Abort();
                break;
            default:
                Redirect(context, int.Parse(drawn, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }

        return true;
    }

    private async Task<bool> StrikePhotoAsync(HttpContext context)
    {
        if (!labeller.Photos.TryGetValue(UnrulyLabeller.PhotoOf(context.Request)!, out var photo))
        {
            return false;
        }

        var drawn = Draw(
            "photo",
            "500",
            "503",
            "429",
            "403",
            "html",
            "empty",
            "302",
            "elsewhere",
            "reset",
            "cut",
            "broken off",
            "stall",
            "gzip",
            "not gzip",
            "not brotli",
            "chunks cut",
            "loop",
            "other host",
            "drip",
            "bomb",
            "photo and bomb",
            "small bomb"
        );
        switch (drawn)
        {
            case "":
                return false;
            case "500" or "403":
                await UnrulyLabeller.Answer(context, int.Parse(drawn, System.Globalization.CultureInfo.InvariantCulture), "");
                break;
            case "503" or "429":
                context.Response.Headers.RetryAfter = "0";
                await UnrulyLabeller.Answer(context, int.Parse(drawn, System.Globalization.CultureInfo.InvariantCulture), "");
                break;
            case "html":
                await UnrulyLabeller.Answer(context, 200, "<html>maintenance</html>");
                break;
            case "empty":
                context.Response.ContentType = "image/jpeg";
                break;
            case "302":
                Redirect(context, 302);
                break;
            case "elsewhere":
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = "file:///etc/passwd";
                break;
            case "cut":
                // Whole as far as HTTP can tell.
                await context.Response.Body.WriteAsync(photo.AsMemory(0, Cut(photo)));
                break;
            case "broken off":
                context.Response.ContentLength = photo.Length;
                await context.Response.Body.WriteAsync(photo.AsMemory(0, Cut(photo)));
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case "gzip":
                // As some hosts pack everything; that is no fault.
                context.Response.Headers.ContentEncoding = "gzip";
                await using (
                    var packed = new System.IO.Compression.GZipStream(context.Response.Body, System.IO.Compression.CompressionLevel.Fastest)
                )
                {
                    await packed.WriteAsync(photo);
                }

                break;
            case "not gzip" or "not brotli":
                context.Response.Headers.ContentEncoding = drawn is "not gzip" ? "gzip" : "br";
                await context.Response.Body.WriteAsync(photo);
                break;
            case "chunks cut":
                await context.Response.Body.WriteAsync(photo.AsMemory(0, Cut(photo)));
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
            case "loop":
                Redirect(context, 302, marked: false);
                break;
            case "other host":
                // Where nobody listens.
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = "http://127.0.0.2:1/photo.jpg";
                break;
            case "drip":
                await SlowBody.DripAsync(context, photo);
                break;
            case "bomb":
                await PackedBodies.BombAsync(context, []);
                break;
            case "photo and bomb":
                await PackedBodies.BombAsync(context, photo);
                break;
            case "small bomb":
                await PackedBodies.SmallBombAsync(context);
                break;
            case "stall":
                context.Response.ContentLength = photo.Length;
                await context.Response.Body.WriteAsync(photo.AsMemory(0, Cut(photo)));
                await context.Response.Body.FlushAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            default:
                context.Abort();
                break;
        }

        return true;
    }

    private int Cut(byte[] photo)
    {
        lock (_lock)
        {
            return _random.Next(photo.Length / 4, photo.Length / 2);
        }
    }

    private static IEnumerable<string> Lines(string json) =>
        from row in System.Text.Json.JsonElement.Parse(json).EnumerateArray()
        select $"{row.GetProperty("image_id").GetInt64()}: 1\n";

    private static void Redirect(HttpContext context, int status, bool marked = true)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location =
            $"{context.Request.Path}{context.Request.QueryString}{(context.Request.QueryString.HasValue ? "&" : "?")}{(marked ? "again" : "round")}=1";
    }
}
