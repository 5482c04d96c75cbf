namespace GeoTagService.Core.Photos;

/// <summary>How a stored photo has to be turned to be seen upright: the values of EXIF tag 0x0112.</summary>
public enum ExifOrientation
{
    /// <summary>As stored.</summary>
    TopLeft = 1,

    /// <summary>Mirrored left to right.</summary>
    TopRight = 2,

    /// <summary>Turned by 180°.</summary>
    BottomRight = 3,

    /// <summary>Mirrored top to bottom.</summary>
    BottomLeft = 4,

    /// <summary>Rows and columns exchanged.</summary>
    LeftTop = 5,

    /// <summary>To be turned by 90° clockwise.</summary>
    RightTop = 6,

    /// <summary>Rows and columns exchanged and both mirrored.</summary>
    RightBottom = 7,

    /// <summary>To be turned by 90° counter-clockwise.</summary>
    LeftBottom = 8,
}

/// <summary>What an orientation means for the axes of the stored pixels.</summary>
internal static class ExifOrientationExtensions
{
    /// <summary>Whether the upright photo's columns are the stored photo's rows.</summary>
    public static bool ExchangesAxes(this ExifOrientation orientation) => orientation >= ExifOrientation.LeftTop;

    /// <summary>Whether stored columns are seen in reverse.</summary>
    public static bool ReversesColumns(this ExifOrientation orientation) =>
        orientation is ExifOrientation.TopRight or ExifOrientation.BottomRight or ExifOrientation.RightBottom or ExifOrientation.LeftBottom;

    /// <summary>Whether stored rows are seen in reverse.</summary>
    public static bool ReversesRows(this ExifOrientation orientation) =>
        orientation is ExifOrientation.BottomRight or ExifOrientation.BottomLeft or ExifOrientation.RightTop or ExifOrientation.RightBottom;
}
