namespace GeoTagService.Core.Tagging;

/// <summary>
/// Embeddings that several processes keep together: a second level behind each one's own cache. It may forget and it may
/// be away; it must not throw for either, and must not hold a request up for longer than its own limit.
/// </summary>
public interface ISharedEmbeddings
{
    /// <summary>Looks an embedding up.</summary>
    /// <param name="key">Hexadecimal SHA-256 of content, options and model version.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The embedding as it was kept; null when it is not there or cannot be asked for now.</returns>
    ValueTask<float[]?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps an embedding, without making the caller wait for it.</summary>
    /// <param name="key">Hexadecimal SHA-256 of content, options and model version.</param>
    /// <param name="embedding">The raw projection; not changed and not kept in use by the caller.</param>
    void Keep(string key, float[] embedding);
}
