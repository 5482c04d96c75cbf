using GeoTagService.Core;

namespace GeoTagService.Api.Uploads;

/// <summary>The memory that one upload holds while it comes and until it was worked on. Dispose it to give the memory back.
/// </summary>
internal sealed class Upload : IDisposable
{
    private readonly UploadBudget _budget;

    internal Upload(UploadBudget budget, ReceivedBody? body, string client, long most)
    {
        _budget = budget;
        Body = body;
        Client = client;
        Most = most;
    }

    /// <summary>Where it comes from; null when nothing of it is still to come.</summary>
    internal ReceivedBody? Body { get; set; }

    /// <summary>Whose it is.</summary>
    internal string Client { get; }

    /// <summary>Bytes that it holds. The budget's, under its lock.</summary>
    internal long Held { get; set; }

    /// <summary>Most bytes that it may come to hold; what it holds once it is complete. The budget's, under its lock.</summary>
    internal long Most { get; set; }

    /// <summary>What it claims, if it held so much more.</summary>
    internal UploadClaim Claim(long more)
    {
        var charged = UploadBudget.Charge(Held + more);
        return new(Client, charged, Math.Max(0, UploadBudget.Charge(Most) - charged));
    }

    /// <summary>Takes more memory for bytes that are about to be read, and waits for it where there is none. What is read
    /// meanwhile is nothing, which holds the sender back through the transport.</summary>
    /// <param name="bytes">How many more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why there is none, or null.</returns>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public ValueTask<TaggingError?> TakeAsync(long bytes, CancellationToken cancellationToken) =>
        _budget.TakeAsync(this, bytes, cancellationToken);

    /// <summary>Nothing more comes: gives back what it holds beyond the bytes that came.</summary>
    public void Complete(long bytes) => _budget.Complete(this, bytes);

    /// <inheritdoc/>
    public void Dispose() => _budget.Release(this);
}
