using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace GeoTagService.Cli.Tests.Work;

/// <summary>Answers that are small on their way and large when they are unpacked.</summary>
internal static class PackedBodies
{
    private const int SmallBombBytes = 8 << 20;

    private static readonly byte[] Blank = new byte[1 << 20];

    private static readonly Lazy<byte[]> SmallBomb = new(() => Pack(new byte[SmallBombBytes]));

    /// <summary>Begins as it should, and goes on unpacking until the other side has enough.</summary>
    public static async Task BombAsync(HttpContext context, byte[] beginning)
    {
        context.Response.Headers.ContentEncoding = "gzip";
        await using var packed = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
        await packed.WriteAsync(beginning, context.RequestAborted);
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await packed.WriteAsync(Blank, context.RequestAborted);
            await packed.FlushAsync(context.RequestAborted);
        }
    }

    /// <summary>Some kilobytes that are megabytes of nothing, as every limit allows, and never the same twice.</summary>
    public static async Task SmallBombAsync(HttpContext context)
    {
        byte[] body = [.. Pack(Guid.NewGuid().ToByteArray()), .. SmallBomb.Value];
        context.Response.Headers.ContentEncoding = "gzip";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static byte[] Pack(byte[] body)
    {
        using var kept = new MemoryStream();
        using (var packed = new GZipStream(kept, CompressionLevel.SmallestSize))
        {
            packed.Write(body);
        }

        return kept.ToArray();
    }
}
