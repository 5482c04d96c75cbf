namespace GeoTagService.Core.Photos;

/// <summary>Nearest neighbour as Pillow's ImagingScaleAffine picks it, for palette pictures that the reference resizes so.</summary>
internal static class NearestResampler
{
    /// <summary>Reads the rows and fills the crop.</summary>
    /// <param name="rows">An upright photo that was not started yet.</param>
    /// <param name="plan">Where the crop lies.</param>
    /// <param name="crop">Receives the result.</param>
    /// <returns>Null, or the fault that the rows met.</returns>
    public static TaggingError? Run(ImageRows rows, CropPlan plan, ImageCrop crop)
    {
        var size = crop.Size;
        var columns = Sources(rows.Width, plan.Width, plan.Left, size);
        var lines = Sources(rows.Height, plan.Height, plan.Top, size);
        var region = new PixelRegion(columns[0], lines[0], columns[^1] - columns[0] + 1, lines[^1] - lines[0] + 1);
        if (rows.Start(region) is { } refused)
        {
            return refused;
        }

        Span<byte> picked = new byte[size * 4];
        var next = 0;
        for (var index = lines[0]; index <= lines[^1]; index++)
        {
            if (rows.ReadRow(out var row) is { } damaged)
            {
                return damaged;
            }

            for (; next < size && lines[next] == index; next++)
            {
                for (var x = 0; x < size; x++)
                {
                    row.Slice((columns[x] - columns[0]) * 4, 4).CopyTo(picked[(x * 4)..]);
                }

                CropColours.ToRgb(picked, rows.Layout, crop.Target.Slice(next * size * 3, size * 3));
            }
        }

        return null;
    }

    // The position is summed up step by step, as Pillow does: the rounding of the sum decides ties.
    private static int[] Sources(int inputSize, long outputSize, long offset, int count)
    {
        var step = (double)inputSize / outputSize;
        var position = step * 0.5;
        var sources = new int[count];
        for (long i = 0; i < offset + count; i++)
        {
            if (i >= offset)
            {
                sources[i - offset] = Math.Min((int)position, inputSize - 1);
            }

            position += step;
        }

        return sources;
    }
}
