namespace GeoTagService.Core.Photos;

/// <summary>Which filter the reference applies to pixels of this kind.</summary>
public enum Resampling
{
    /// <summary>Bicubic, antialiased.</summary>
    Bicubic,

    /// <summary>Nearest neighbour (GIF: the reference resizes palette indices).</summary>
    Nearest,
}

/// <summary>A rectangle of stored pixels, in pixels from the top left.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
public readonly record struct PixelRegion(int Left, int Top, int Width, int Height);

/// <summary>
/// An opened photo whose pixels are read once, row by row from the top, as they are stored (before orientation):
/// <see cref="Start"/>, then <see cref="ReadRow"/> for each row of the region, then <see cref="Finish"/>.
/// Not safe for use by two threads.
/// </summary>
public abstract class ImageRows : IDisposable
{
    /// <summary>Readable bytes of no meaning that follow the pixels of every row, so that a vector may read past them.</summary>
    public const int RowPadding = 64;

    /// <summary>Stored pixels a row, at least 1.</summary>
    public abstract int Width { get; }

    /// <summary>Stored rows, at least 1.</summary>
    public abstract int Height { get; }

    /// <summary>Meaning of the four bytes of a pixel.</summary>
    public abstract PixelLayout Layout { get; }

    /// <summary>How the stored pixels are to be turned; <see cref="ExifOrientation.TopLeft"/> when nothing is to be done.</summary>
    public abstract ExifOrientation Orientation { get; }

    /// <summary>The filter that the reference uses for such pixels.</summary>
    public virtual Resampling Resampling => Resampling.Bicubic;

    /// <summary>Looked at now and then while rows are read; the reading then ends with
    /// <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>Says which pixels will be read; called once, first.</summary>
    /// <param name="region">A rectangle within the stored pixels.</param>
    /// <returns>Null, or the fault.</returns>
    public abstract TaggingError? Start(PixelRegion region);

    /// <summary>Reads the region's next row.</summary>
    /// <param name="row">4 × region width bytes of pixels and <see cref="RowPadding"/> bytes more, good until the next call.</param>
    /// <returns>Null, or the fault: a truncated photo is one.</returns>
    public abstract TaggingError? ReadRow(out ReadOnlySpan<byte> row);

    /// <summary>Reads what follows the region, so that damage there is found as well.</summary>
    /// <returns>Null, or the fault.</returns>
    public abstract TaggingError? Finish();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives buffers and codec back.</summary>
    /// <param name="disposing">Always true: there are no finalizers.</param>
    protected abstract void Dispose(bool disposing);
}
