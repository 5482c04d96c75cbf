namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>What the components of a JPEG file mean.</summary>
internal enum JpegColourModel
{
    /// <summary>One component.</summary>
    Gray,

    /// <summary>Luma and two colour differences (ITU-R BT.601, full range).</summary>
    YCbCr,

    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Inks, stored inverted as Adobe's software writes them and Pillow reads all.</summary>
    Cmyk,

    /// <summary>Inverted inks, of which the first three were turned to luma and colour differences.</summary>
    Ycck,
}
