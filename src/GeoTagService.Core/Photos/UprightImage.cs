using System.Buffers;
using System.Runtime.InteropServices;

namespace GeoTagService.Core.Photos;

/// <summary>Reads all rows of a photo into one buffer, turned as its orientation says.</summary>
internal static class UprightImage
{
    /// <summary>Reads the photo.</summary>
    /// <param name="rows">A photo that was not started yet.</param>
    /// <returns>The upright pixels, or the fault that the rows met.</returns>
    public static Outcome<DecodedImage> Read(ImageRows rows)
    {
        if (rows.Start(new PixelRegion(0, 0, rows.Width, rows.Height)) is { } refused)
        {
            return refused;
        }

        var exchanged = rows.Orientation.ExchangesAxes();
        var (width, height) = exchanged ? (rows.Height, rows.Width) : (rows.Width, rows.Height);
        var buffer = ArrayPool<byte>.Shared.Rent(checked(width * height * 4));
        var image = new DecodedImage(buffer, width, height, width * 4, rows.Layout);
        var target = MemoryMarshal.Cast<byte, uint>(buffer.AsSpan(0, width * height * 4));
        for (var y = 0; y < rows.Height; y++)
        {
            if (rows.ReadRow(out var row) is { } damaged)
            {
                image.Dispose();
                return damaged;
            }

            Place(MemoryMarshal.Cast<byte, uint>(row[..(rows.Width * 4)]), y, rows, target);
        }

        if (rows.Finish() is { } fault)
        {
            image.Dispose();
            return fault;
        }

        return image;
    }

    private static void Place(ReadOnlySpan<uint> row, int y, ImageRows rows, Span<uint> target)
    {
        var line = rows.Orientation.ReversesRows() ? rows.Height - 1 - y : y;
        var reversed = rows.Orientation.ReversesColumns();
        if (rows.Orientation.ExchangesAxes())
        {
            for (var x = 0; x < row.Length; x++)
            {
                target[((reversed ? row.Length - 1 - x : x) * rows.Height) + line] = row[x];
            }

            return;
        }

        var place = target.Slice(line * row.Length, row.Length);
        row.CopyTo(place);
        if (reversed)
        {
            place.Reverse();
        }
    }
}
