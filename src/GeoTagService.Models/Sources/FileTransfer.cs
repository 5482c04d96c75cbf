using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace GeoTagService.Models.Sources;

/// <summary>One attempt to bring a file, or what is missing of it, from one address into a partial file.</summary>
internal sealed class FileTransfer(HttpClient client, TimeProvider time, TransferOptions options, IProgress<PullProgress>? progress)
{
    private const int BufferBytes = 128 << 10;

    /// <summary>Runs the attempt. Whatever arrives stays in the partial file, for the next one to go on from.</summary>
    /// <exception cref="PullException">The partial file cannot be written.</exception>
    public Task<TransferResult> RunAsync(Uri location, SourceFile file, string partialPath, CancellationToken cancellationToken) =>
        location.IsFile
            ? CopyAsync(location.LocalPath, file, partialPath, cancellationToken)
            : FetchAsync(location, file, partialPath, cancellationToken);

    private async Task<TransferResult> CopyAsync(string path, SourceFile file, string partialPath, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return new TransferResult(TransferState.Refused, "there is no such file");
        }

        try
        {
            var source = File.OpenRead(path);
            await using (source.ConfigureAwait(false))
            {
                if (file.Bytes is { } pinned && source.Length != pinned)
                {
                    return new TransferResult(TransferState.Refused, $"it has {source.Length} bytes where {pinned} are pinned");
                }

                var target = OpenPartial(partialPath, append: false);
                await using (target.ConfigureAwait(false))
                {
                    var meter = new TransferMeter(progress, time, file.Name, 0, source.Length);
                    return await PumpAsync(source, target, file, meter, null, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new TransferResult(TransferState.Refused, e.Message);
        }
    }

    private async Task<TransferResult> FetchAsync(Uri location, SourceFile file, string partialPath, CancellationToken cancellationToken)
    {
        var have = File.Exists(partialPath) ? new FileInfo(partialPath).Length : 0;
        if (have == file.Bytes)
        {
            return new TransferResult(TransferState.Complete);
        }

        if (have > file.Bytes)
        {
            File.Delete(partialPath);
            have = 0;
        }

        using var stall = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stall.Token);
        var before = have;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, location);
            request.Headers.Range = have > 0 ? new RangeHeaderValue(have, null) : null;
            using var response = await client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token)
                .ConfigureAwait(false);
            if (Judge(response, file, have, partialPath) is { } verdict)
            {
                return verdict;
            }

            before = response.StatusCode == HttpStatusCode.PartialContent ? have : 0;
            var total = file.Bytes ?? Announced(response);
            var source = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            var target = OpenPartial(partialPath, append: before > 0);
            await using (target.ConfigureAwait(false))
            {
                var meter = new TransferMeter(progress, time, file.Name, before, total);
                return await PumpAsync(source, target, file, meter, stall, either.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stall.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Interrupted($"less than {options.SlowestBytes} bytes came in {options.StallTimeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The outer message of a failed handshake only points to the inner one; that of an unknown host holds it.
            return Interrupted(
                e.InnerException is { } inner && !e.Message.Contains(inner.Message, StringComparison.Ordinal)
                    ? $"{e.Message} {inner.Message}"
                    : e.Message
            );
        }

        TransferResult Interrupted(string cause)
        {
            var now = File.Exists(partialPath) ? new FileInfo(partialPath).Length : 0;
            return new TransferResult(TransferState.Interrupted, cause, Math.Max(0, now - before));
        }
    }

    /// <summary>What the status line and headers already decide; null where the body is to be read.</summary>
    private TransferResult? Judge(HttpResponseMessage response, SourceFile file, long have, string partialPath)
    {
        var announced = Announced(response);
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent when response.Content.Headers.ContentRange?.From != have:
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                if (announced == have && have > 0)
                {
                    return new TransferResult(TransferState.Complete);
                }

                File.Delete(partialPath);
                return new TransferResult(TransferState.Interrupted, "the server does not go on from where the file was cut");
            case HttpStatusCode.OK or HttpStatusCode.PartialContent:
                var page = response.Content.Headers.ContentType?.MediaType == "text/html" ? ", a web page," : string.Empty;
                return file.Bytes is { } pinned && announced is { } offered && offered != pinned
                    ? new TransferResult(TransferState.Refused, $"the server offers {offered} bytes{page} where {pinned} are pinned")
                    : null;
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                return new TransferResult(TransferState.Interrupted, Status(response), 0, RetryAfter(response));
            default:
                return new TransferResult(TransferState.Refused, Status(response));
        }
    }

    private static string Status(HttpResponseMessage response) => $"the server answers {(int)response.StatusCode}";

    private static long? Announced(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : response.Content.Headers.ContentRange?.Length;

    private TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };

    private async Task<TransferResult> PumpAsync(
        Stream source,
        FileStream target,
        SourceFile file,
        TransferMeter meter,
        CancellationTokenSource? stall,
        CancellationToken cancellationToken
    )
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var limit = file.Bytes ?? options.LargestUnpinned;
        var (start, sinceArmed) = (target.Position, 0);
        try
        {
            int read;
            while ((read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (read > limit - target.Position)
                {
                    target.SetLength(0);
                    return new TransferResult(TransferState.Refused, $"more than {limit} bytes came");
                }

                await WriteAsync(target, buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                meter.Report(target.Position);
                sinceArmed += read;
                if (sinceArmed >= options.SlowestBytes)
                {
                    stall?.CancelAfter(options.StallTimeout);
                    sinceArmed = 0;
                }
            }

            // Without a pinned size the digest alone tells a cut file from a whole one.
            return target.Position < file.Bytes
                ? new TransferResult(
                    TransferState.Interrupted,
                    $"it ended after {target.Position} of {file.Bytes} bytes",
                    target.Position - start
                )
                : new TransferResult(TransferState.Complete, NewBytes: target.Position - start);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static FileStream OpenPartial(string path, bool append)
    {
        try
        {
            return new FileStream(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PullException($"{path} cannot be written (is another pull running?): {e.Message}", e);
        }
    }

    /// <summary>A full disk is not the network's fault, and trying again does not help.</summary>
    private static async Task WriteAsync(FileStream target, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await target.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new PullException($"{target.Name} cannot be written: {e.Message}", e);
        }
    }
}
