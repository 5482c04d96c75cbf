using GeoTagService.Core.Bundles;

namespace GeoTagService.Models.Sources;

/// <summary>
/// Brings a pinned file to its place: address after address, attempt after attempt, going on where a connection was cut.
/// Only bytes whose SHA-256 is right are ever renamed to the file's name.
/// </summary>
internal sealed class SourceFetcher(HttpClient client, TimeProvider time, TransferOptions options, IProgress<PullProgress>? progress)
{
    private readonly FileTransfer _transfer = new(client, time, options, progress);

    /// <summary>Fetches a file unless it is there already.</summary>
    /// <param name="file">The file.</param>
    /// <param name="locations">Addresses, best first.</param>
    /// <param name="path">Its place.</param>
    /// <param name="cancellationToken">Ends the transfer; what arrived stays for the next time.</param>
    /// <exception cref="PullException">No address gave the right bytes; the message says what each did.</exception>
    public async Task FetchAsync(SourceFile file, IReadOnlyList<Uri> locations, string path, CancellationToken cancellationToken)
    {
        if (File.Exists(path) && Matches(path, file, out _))
        {
            progress?.Report(new PullProgress(PullStage.Verified, file.Name, new FileInfo(path).Length, file.Bytes));
            return;
        }

        // The digest in the name: what was begun under another pin is never gone on with.
        var partial = $"{path}.{file.Sha256[..12]}.part";
        var causes = new List<string>();
        foreach (var location in locations)
        {
            var cause = await TryLocationAsync(location, file, partial, cancellationToken).ConfigureAwait(false);
            if (cause is null)
            {
                File.Move(partial, path, overwrite: true);
                progress?.Report(new PullProgress(PullStage.Verified, file.Name, new FileInfo(path).Length, file.Bytes));
                return;
            }

            causes.Add($"{SourceLocations.Show(location)}: {cause}");
            progress?.Report(new PullProgress(PullStage.Retrying, causes[^1]));
        }

        throw new PullException($"{file.Name} could not be had ({string.Join("; ", causes)})");
    }

    /// <summary>Null when the partial file is whole and right; else why this address was given up.</summary>
    private async Task<string?> TryLocationAsync(Uri location, SourceFile file, string partial, CancellationToken cancellationToken)
    {
        var (failures, startedOver) = (0, false);
        while (true)
        {
            var isResumed = !location.IsFile && File.Exists(partial);
            var result = await _transfer.RunAsync(location, file, partial, cancellationToken).ConfigureAwait(false);
            switch (result.State)
            {
                case TransferState.Refused:
                    return result.Cause;
                case TransferState.Complete:
                    if (Matches(partial, file, out var digest))
                    {
                        return null;
                    }

                    File.Delete(partial);
                    if (isResumed && !startedOver)
                    {
                        // The parts may be of two versions of the file; one whole one decides.
                        startedOver = true;
                        progress?.Report(new PullProgress(PullStage.Retrying, $"{file.Name}: the joined parts have the wrong digest"));
                        continue;
                    }

                    return $"the SHA-256 is {digest}, not {file.Sha256}; what was fetched was deleted";
                default:
                    failures = result.NewBytes >= options.SlowestBytes ? 1 : failures + 1;
                    if (failures >= options.MaximumAttempts)
                    {
                        return $"{result.Cause} (attempt {failures}, the last)";
                    }

                    await PauseAsync(file, result, failures, cancellationToken).ConfigureAwait(false);
                    continue;
            }
        }
    }

    private async Task PauseAsync(SourceFile file, TransferResult result, int failures, CancellationToken cancellationToken)
    {
        // Jitter, so that many machines cut off at once do not come back at once.
        var doubled = options.FirstPause * Math.Pow(2, failures - 1) * (0.5 + (Random.Shared.NextDouble() / 2));
        var pause = result.RetryAfter is { } asked && asked > doubled ? asked : doubled;
        pause = pause < options.LongestPause ? pause : options.LongestPause;
        progress?.Report(
            new PullProgress(PullStage.Retrying, $"{file.Name}: {result.Cause}; again in {Math.Ceiling(pause.TotalSeconds):0} s")
        );
        await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
    }

    private static bool Matches(string path, SourceFile file, out string digest)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        digest = FileDigest.Compute(stream);
        return digest == file.Sha256;
    }
}
