using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>One bucket on this machine, that speaks as S3 does: lists objects in pages (list-objects-v2) and gives them.</summary>
internal sealed class BucketHost : IAsyncDisposable
{
    private const int KeysOfAPage = 3;
    private static readonly XNamespace Names = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly WebApplication _server;
    private readonly string _bucket;

    public BucketHost(string bucket)
    {
        _bucket = bucket;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(AnswerAsync);
        _server.Start();
        Root = _server.Urls.First();
    }

    public string Root { get; }

    /// <summary>The objects by their keys.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    /// <summary>Keys that are answered with this status.</summary>
    public ConcurrentDictionary<string, int> Faults { get; } = new();

    /// <summary>Pages of lists that were asked for.</summary>
    public int Pages { get; private set; }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.TrimStart('/').Split('/', 2);
        if (parts[0] != _bucket)
        {
            return FailAsync(context, StatusCodes.Status404NotFound, "NoSuchBucket");
        }

        var key = parts.Length > 1 ? parts[1] : "";
        return key.Length == 0 ? ListAsync(context)
            : Faults.TryGetValue(key, out var status) ? FailAsync(context, status, "Trouble")
            : Objects.TryGetValue(key, out var bytes) ? GiveAsync(context, bytes)
            : FailAsync(context, StatusCodes.Status404NotFound, "NoSuchKey");
    }

    private static Task GiveAsync(HttpContext context, byte[] bytes)
    {
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.LastModified = "Fri, 01 May 2026 12:00:00 GMT";
        context.Response.Headers.ETag = EntityTag(bytes);
        return context.Response.Body.WriteAsync(bytes).AsTask();
    }

    /// <summary>As that of an object of several parts, which clients do not compare with the content.</summary>
    private static string EntityTag(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..16])}-1\"";

    private Task ListAsync(HttpContext context)
    {
        Pages++;
        var (prefix, after) = (context.Request.Query["prefix"].ToString(), context.Request.Query["continuation-token"].ToString());
        var keys = Objects
            .Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(key, after) > 0)
            .Order(StringComparer.Ordinal)
            .ToList();
        var page = keys.Take(KeysOfAPage).ToList();
        var isCut = keys.Count > page.Count;
        return WriteAsync(
            context,
            new XElement(
                Names + "ListBucketResult",
                new XElement(Names + "Name", _bucket),
                new XElement(Names + "Prefix", prefix),
                new XElement(Names + "KeyCount", page.Count),
                new XElement(Names + "MaxKeys", KeysOfAPage),
                new XElement(Names + "IsTruncated", isCut),
                isCut ? new XElement(Names + "NextContinuationToken", page[^1]) : null,
                page.Select(key => new XElement(
                    Names + "Contents",
                    new XElement(Names + "Key", key),
                    new XElement(Names + "LastModified", "2026-05-01T12:00:00.000Z"),
                    new XElement(Names + "ETag", EntityTag(Objects[key])),
                    new XElement(Names + "Size", Objects[key].Length.ToString(CultureInfo.InvariantCulture)),
                    new XElement(Names + "StorageClass", "STANDARD")
                ))
            )
        );
    }

    private static Task FailAsync(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, new XElement("Error", new XElement("Code", code), new XElement("Message", code)));
    }

    private static Task WriteAsync(HttpContext context, XElement body)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToString())).AsTask();
    }
}
