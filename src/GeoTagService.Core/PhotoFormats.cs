namespace GeoTagService.Core;

/// <summary>Formats that are read beside JPEG, PNG, WebP, GIF and BMP, in child processes only.</summary>
[Flags]
public enum PhotoFormats
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>HEIF with pictures by HEVC: what iPhones write as HEIC.</summary>
    Heif = 1,

    /// <summary>HEIF with pictures by AV1.</summary>
    Avif = 2,

    /// <summary>TIFF and BigTIFF, their first page.</summary>
    Tiff = 4,

    /// <summary>JPEG 2000: files (JP2) and bare code streams.</summary>
    Jpeg2000 = 8,

    /// <summary>JPEG XL, its first frame.</summary>
    JpegXl = 16,

    /// <summary>Photoshop (PSD, PSB), all layers as one.</summary>
    Psd = 32,

    /// <summary>Raw files of cameras (CR2, CR3, NEF, ARW, DNG, RAF, ORF, RW2, PEF …): the largest JPEG that the camera put in.</summary>
    Raw = 64,

    /// <summary>All of them.</summary>
    All = Heif | Avif | Tiff | Jpeg2000 | JpegXl | Psd | Raw,
}
