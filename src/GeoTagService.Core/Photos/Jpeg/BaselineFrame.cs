namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>Everything that precedes the data of a JPEG file with one scan of all components, 8 bits, Huffman codes.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Colours">Meaning of the components.</param>
/// <param name="Components">One, three or four.</param>
/// <param name="RestartInterval">Units between restart markers, 0 for none.</param>
/// <param name="DataOffset">Position of the scan's first byte.</param>
internal sealed record BaselineFrame(
    int Width,
    int Height,
    JpegColourModel Colours,
    JpegComponent[] Components,
    int RestartInterval,
    int DataOffset
)
{
    /// <summary>Largest horizontal sampling factor.</summary>
    public int MaxHorizontal { get; } = Components.Max(c => c.Horizontal);

    /// <summary>Largest vertical sampling factor.</summary>
    public int MaxVertical { get; } = Components.Max(c => c.Vertical);

    /// <summary>Columns of a unit that holds blocks of all components.</summary>
    public int UnitWidth => MaxHorizontal * 8;

    /// <summary>Rows of a unit.</summary>
    public int UnitHeight => MaxVertical * 8;

    /// <summary>Units across.</summary>
    public int UnitsAcross => (Width + UnitWidth - 1) / UnitWidth;

    /// <summary>Units down.</summary>
    public int UnitsDown => (Height + UnitHeight - 1) / UnitHeight;
}
