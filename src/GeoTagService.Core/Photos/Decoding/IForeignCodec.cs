namespace GeoTagService.Core.Photos.Decoding;

/// <summary>A codec library for the formats that are read by choice. Lives in child processes only.</summary>
public interface IForeignCodec
{
    /// <summary>Decodes the first picture of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="format">What its header shows; one format.</param>
    /// <param name="maxPixels">Most pixels that it may have.</param>
    /// <param name="applyOrientation">Whether a format that turns pictures by itself is to do so.</param>
    /// <returns>The picture, to be disposed by the caller; null where the file is damaged.</returns>
    ForeignPicture? Decode(ReadOnlySpan<byte> file, PhotoFormats format, long maxPixels, bool applyOrientation);
}

/// <summary>A decoded picture in a library's memory. Not safe for use by two threads.</summary>
public abstract class ForeignPicture : IDisposable
{
    /// <summary>Stored pixels a row, at least 1.</summary>
    public abstract int Width { get; }

    /// <summary>Stored rows, at least 1.</summary>
    public abstract int Height { get; }

    /// <summary>Whether pixels may be transparent.</summary>
    public abstract bool HasAlpha { get; }

    /// <summary>How the stored pixels are still to be turned.</summary>
    public abstract ExifOrientation Orientation { get; }

    /// <summary>Reads a part of a row.</summary>
    /// <param name="left">First column.</param>
    /// <param name="row">The row.</param>
    /// <param name="pixels">Receives red, green, blue and opacity of each pixel, not premultiplied; its length says how many.</param>
    public abstract void ReadRow(int left, int row, Span<byte> pixels);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the library's memory back.</summary>
    /// <param name="disposing">Always true: there are no finalizers.</param>
    protected abstract void Dispose(bool disposing);
}
