namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>One component of a baseline frame.</summary>
/// <param name="Id">Identifier in the file.</param>
/// <param name="Horizontal">Blocks across in a unit of all components, 1, 2 or 4.</param>
/// <param name="Vertical">Blocks down in a unit of all components, 1, 2 or 4.</param>
/// <param name="QuantizationTable">Index 0..3.</param>
internal sealed record JpegComponent(byte Id, int Horizontal, int Vertical, int QuantizationTable)
{
    /// <summary>64 factors in zigzag order.</summary>
    public required int[] Quantization { get; init; }

    /// <summary>Table of first coefficients.</summary>
    public required HuffmanTable Dc { get; init; }

    /// <summary>Table of the other coefficients.</summary>
    public required HuffmanTable Ac { get; init; }
}
