namespace GeoTagService.Core.Encoders;

/// <summary>Turns places into embeddings and into the tags that are expected there. Safe to call from many threads.</summary>
public interface ILocationEncoder : IDisposable
{
    /// <summary>Length of an embedding.</summary>
    int Dimension { get; }

    /// <summary>Encodes places.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="coordinates">rows × 4: easting and northing in the British grid, then in the Irish one, in 100 km.</param>
    /// <param name="embeddings">Receives rows × <see cref="Dimension"/>.</param>
    /// <param name="probabilities">Receives rows × tags.</param>
    void Encode(int rows, ReadOnlySpan<float> coordinates, Span<float> embeddings, Span<float> probabilities);
}
