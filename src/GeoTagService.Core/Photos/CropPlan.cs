namespace GeoTagService.Core.Photos;

/// <summary>Where the centre crop lies in the photo after its shorter side was resized to the crop's edge.</summary>
/// <param name="Width">Columns after resizing, before the crop.</param>
/// <param name="Height">Rows after resizing, before the crop.</param>
/// <param name="Left">First column of the crop.</param>
/// <param name="Top">First row of the crop.</param>
internal readonly record struct CropPlan(long Width, long Height, long Left, long Top)
{
    /// <summary>torchvision's Resize(size) and CenterCrop(size).</summary>
    public static CropPlan For(int width, int height, int size)
    {
        var (shorter, longer) = width <= height ? (width, height) : (height, width);
        // 64 bits: a picture one pixel wide is stretched beyond any memory, of which only the crop is ever computed.
        var resized = (long)((double)((long)size * longer) / shorter);
        var (w, h) = width <= height ? (size, resized) : (resized, (long)size);
        return new CropPlan(w, h, Offset(w, size), Offset(h, size));
    }

    private static long Offset(long resized, int size) => (long)Math.Round((resized - size) / 2.0, MidpointRounding.ToEven);
}
